!> Records, the rows of a table, and which of them.
module snow_rows
    use snow_c
    use snow_error
    implicit none
    private
    public :: query_t, record_t, rows_t, which, keep

    !> Which rows, in what order and form. The first mistake in it is what a call with it fails of.
    type :: query_t
        type(c_ptr) :: handle = c_null_ptr
        type(error_t), private :: wrong
    contains
        procedure :: where, order_by, fields, limit, display_value
        final :: query_free
    end type

    !> A record: one that was read, or the fields of one to be written.
    type :: record_t
        type(c_ptr) :: handle = c_null_ptr
        logical, private :: lent = .false.
    contains
        procedure :: get, set
        final :: record_free
    end type

    !> The rows of a table as they come.
    type :: rows_t
        type(c_ptr) :: handle = c_null_ptr
    contains
        procedure :: next
        final :: rows_free
    end type

contains

    !> The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
    subroutine where(self, field, operator, value)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: field, operator
        character(*), intent(in), optional :: value
        character(*), parameter :: known(12) = [character(10) :: '=', '!=', '<', '<=', '>', '>=', 'STARTSWITH', &
            'ENDSWITH', 'LIKE', 'NOT LIKE', 'ISEMPTY', 'ISNOTEMPTY']
        integer(c_int32_t), parameter :: numbers(12) = [SNOW_EQ, SNOW_NE, SNOW_LT, SNOW_LE, SNOW_GT, SNOW_GE, &
            SNOW_STARTS_WITH, SNOW_ENDS_WITH, SNOW_CONTAINS, SNOW_NOT_CONTAINS, SNOW_IS_EMPTY, SNOW_IS_NOT_EMPTY]
        character(kind=c_char, len=:), allocatable :: value_c
        integer(c_int32_t) :: op
        type(c_ptr) :: e
        call refuse_nul(self%wrong, 'field', field)
        if (present(value)) call refuse_nul(self%wrong, 'value', value)
        if (present(value)) value_c = c(value)
        ! 0 is no operator, which libsnow says.
        op = sum(merge(numbers, 0, known == operator))
        if (snow_query_where(begun(self), c(field), op, value_c, e) /= SNOW_OK) call note(self, e)
    end subroutine

    subroutine order_by(self, field)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: field
        type(c_ptr) :: e
        call refuse_nul(self%wrong, 'field', field)
        if (snow_query_order_by(begun(self), c(field), e) /= SNOW_OK) call note(self, e)
    end subroutine

    !> Names with commas between them.
    subroutine fields(self, names)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: names
        type(c_ptr) :: e
        call refuse_nul(self%wrong, 'fields', names)
        if (snow_query_fields(begun(self), c(names), e) /= SNOW_OK) call note(self, e)
    end subroutine

    subroutine limit(self, rows)
        class(query_t), intent(inout) :: self
        integer, intent(in) :: rows
        type(c_ptr) :: e
        ! C has no number below 0, and would take it for a very large one.
        if (rows < 0 .and. .not. self%wrong%failed()) self%wrong = refused('rows: it is negative')
        if (snow_query_limit(begun(self), int(rows, c_int64_t), e) /= SNOW_OK) call note(self, e)
    end subroutine

    !> Display values in place of the stored ones.
    subroutine display_value(self)
        class(query_t), intent(inout) :: self
        type(c_ptr) :: e
        if (snow_query_display_value(begun(self), SNOW_DISPLAY_TRUE, e) /= SNOW_OK) call note(self, e)
    end subroutine

    !> The query as libsnow has it; one that is not there is null.
    function which(query, error) result(handle)
        type(query_t), intent(in), optional :: query
        type(error_t), intent(inout) :: error
        type(c_ptr) :: handle
        handle = c_null_ptr
        if (.not. present(query)) return
        handle = query%handle
        error = query%wrong
    end function

    function begun(query) result(handle)
        class(query_t), intent(inout) :: query
        type(c_ptr) :: handle
        if (.not. c_associated(query%handle)) query%handle = snow_query_new()
        handle = query%handle
    end function

    subroutine note(query, e)
        class(query_t), intent(inout) :: query
        type(c_ptr), intent(in) :: e
        type(error_t) :: error
        error = taken(e)
        if (.not. query%wrong%failed()) query%wrong = error
    end subroutine

    !> A field as text; empty where there is none.
    function get(self, field) result(value)
        class(record_t), intent(in) :: self
        character(*), intent(in) :: field
        character(:), allocatable :: value
        type(c_ptr) :: found
        value = ''
        if (index(field, c_null_char) /= 0) return
        found = snow_record_get(self%handle, c(field))
        ! With display values a reference comes without the key.
        if (.not. c_associated(found)) found = snow_record_display(self%handle, c(field))
        value = text(found)
    end function

    subroutine set(self, field, value, error)
        class(record_t), intent(inout) :: self
        character(*), intent(in) :: field, value
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        call refuse_nul(error, 'field', field)
        call refuse_nul(error, 'value', value)
        if (error%failed()) return
        if (.not. c_associated(self%handle) .or. self%lent) call keep(self, snow_record_new())
        if (snow_record_set(self%handle, c(field), c(value), e) /= SNOW_OK) error = taken(e)
    end subroutine

    !> Holds another record, which is freed with it unless it is lent.
    subroutine keep(record, handle, lent)
        class(record_t), intent(inout) :: record
        type(c_ptr), intent(in) :: handle
        logical, intent(in), optional :: lent
        if (.not. record%lent) call snow_record_free(record%handle)
        record%handle = handle
        record%lent = present(lent)
    end subroutine

    !> The next row, which is valid until the one after it; false at the end, or where error says why.
    logical function next(self, row, error)
        class(rows_t), intent(in) :: self
        type(record_t), intent(inout) :: row
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, handle
        next = snow_cursor_next(self%handle, handle, e) == SNOW_OK
        error = taken(e)
        call keep(row, handle, lent=.true.)
    end function

    subroutine query_free(self)
        type(query_t), intent(inout) :: self
        call snow_query_free(self%handle)
        self%handle = c_null_ptr
    end subroutine

    subroutine record_free(self)
        type(record_t), intent(inout) :: self
        call keep(self, c_null_ptr)
    end subroutine

    subroutine rows_free(self)
        type(rows_t), intent(inout) :: self
        call snow_cursor_free(self%handle)
        self%handle = c_null_ptr
    end subroutine
end module
