!> libsnow from Fortran: objects that free what they hold, errors as values, callbacks as objects.
module snow
    use, intrinsic :: iso_c_binding
    use snow_c
    implicit none
    private
    public :: client_t, error_t, query_t, record_t, rows_t, token_sink_t

    !> What went wrong, as libsnow says it: snow.h under "Errors" tells each field. A text that there is not is empty.
    type :: error_t
        integer :: status = SNOW_OK, http_status = 0
        character(:), allocatable :: status_name, message, instance_message, detail, method, path
        logical :: retryable = .false., maybe_applied = .false.
        integer(c_int64_t) :: retry_after_ms = -1 !< -1 where the instance did not say
    contains
        procedure :: failed
    end type

    !> Which rows, in what order and form. The first mistake in it is what a call with it fails of.
    type :: query_t
        private
        type(c_ptr) :: handle = c_null_ptr
        type(error_t) :: wrong
    contains
        procedure :: where => query_where, order_by => query_order_by, fields => query_fields
        procedure :: limit => query_limit, display_value => query_display_value
        final :: query_free
    end type

    !> A record: one that was read, or the fields of one to be written.
    type :: record_t
        private
        type(c_ptr) :: handle = c_null_ptr
        logical :: lent = .false.
    contains
        procedure :: get => record_get, set => record_set
        final :: record_free
    end type

    !> The rows of a table as they come.
    type :: rows_t
        private
        type(c_ptr) :: handle = c_null_ptr
    contains
        procedure :: next => rows_next
        final :: rows_free
    end type

    !> Is told of each new token, inside the call that needed it. Extend it with what the telling needs.
    type, abstract :: token_sink_t
    contains
        !> Takes a token as JSON; false stops the call with SNOW_CALLBACK_FAILED.
        procedure(told_i), deferred :: told
    end type

    abstract interface
        logical function told_i(self, token)
            import :: token_sink_t
            class(token_sink_t), intent(inout) :: self
            character(*), intent(in) :: token
        end function
    end interface

    type :: holder_t
        class(token_sink_t), pointer :: sink
    end type

    !> One instance.
    type :: client_t
        private
        type(c_ptr) :: handle = c_null_ptr
    contains
        procedure :: basic, oauth, on_token, login, set_token, token, get, list, create, update, delete
        final :: client_free
    end type

contains

    logical function failed(self)
        class(error_t), intent(in) :: self
        failed = self%status /= SNOW_OK
    end function

    !> Signs in with a user and a password.
    subroutine basic(self, instance, user, password, error)
        class(client_t), intent(inout) :: self
        character(*), intent(in) :: instance, user, password
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        call check_version()
        call snow_client_free(self%handle)
        self%handle = snow_client_new_basic(c(instance), c(user), c(password), e)
        error = taken(e)
    end subroutine

    !> Signs in with tokens: one from before, as a sink was told it, or none yet: login() then.
    subroutine oauth(self, instance, client_id, client_secret, error, token)
        class(client_t), intent(inout) :: self
        character(*), intent(in) :: instance, client_id, client_secret
        type(error_t), intent(out) :: error
        character(*), intent(in), optional :: token
        type(c_ptr) :: e, stored
        call check_version()
        stored = c_null_ptr
        if (present(token)) then
            stored = snow_token_from_json(c(token), e)
            error = taken(e)
            if (error%failed()) return
        end if
        call snow_client_free(self%handle)
        self%handle = snow_client_new_oauth(c(instance), c(client_id), c(client_secret), stored, e)
        error = taken(e)
        call snow_token_free(stored)
    end subroutine

    !> Has each new token told, before the call that needed it goes on. The sink must live as long as the client.
    subroutine on_token(self, sink, error)
        class(client_t), intent(in) :: self
        class(token_sink_t), intent(inout), target :: sink
        type(error_t), intent(out) :: error
        type(holder_t), pointer :: holder
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        allocate (holder)
        holder%sink => sink
        ! libsnow calls destroyed() also where this fails.
        status = snow_set_token_callback(self%handle, c_funloc(told), c_loc(holder), c_funloc(destroyed), e)
        error = taken(e)
    end subroutine

    integer(c_int32_t) function told(user_data, token) bind(c)
        type(c_ptr), value :: user_data, token
        type(holder_t), pointer :: holder
        call c_f_pointer(user_data, holder)
        told = merge(SNOW_HANDLED, 0, holder%sink%told(text(snow_token_json(token, c_null_ptr))))
    end function

    subroutine destroyed(user_data) bind(c)
        type(c_ptr), value :: user_data
        type(holder_t), pointer :: holder
        call c_f_pointer(user_data, holder)
        deallocate (holder)
    end subroutine

    subroutine login(self, user, password, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: user, password
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_client_login(self%handle, c(user), c(password), e)
        error = taken(e)
    end subroutine

    !> Goes on with another token, which is JSON.
    subroutine set_token(self, token, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: token
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, stored
        integer(c_int32_t) :: status
        stored = snow_token_from_json(c(token), e)
        if (c_associated(stored)) status = snow_client_set_token(self%handle, stored, e)
        error = taken(e)
        call snow_token_free(stored)
    end subroutine

    !> The token that is in use, as JSON.
    subroutine token(self, json, error)
        class(client_t), intent(in) :: self
        character(:), allocatable, intent(out) :: json
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, stored
        stored = snow_client_token(self%handle, e)
        error = taken(e)
        json = text(snow_token_json(stored, c_null_ptr))
        call snow_token_free(stored)
    end subroutine

    subroutine get(self, table, sys_id, record, error, query)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table, sys_id
        type(record_t), intent(inout) :: record
        type(error_t), intent(out) :: error
        type(query_t), intent(in), optional :: query
        type(c_ptr) :: e
        if (wrong(query, error)) return
        call keep(record, snow_table_get(self%handle, c(table), c(sys_id), made(query), e))
        error = taken(e)
    end subroutine

    !> The rows of a table: do while (rows%next(row, error)); ...; end do
    subroutine list(self, table, rows, error, query)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table
        type(rows_t), intent(inout) :: rows
        type(error_t), intent(out) :: error
        type(query_t), intent(in), optional :: query
        type(c_ptr) :: e
        if (wrong(query, error)) return
        call snow_cursor_free(rows%handle)
        rows%handle = snow_table_list(self%handle, c(table), made(query), e)
        error = taken(e)
    end subroutine

    !> Makes a record of fields; the record is then the one that was made.
    subroutine create(self, table, record, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table
        type(record_t), intent(inout) :: record
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, answer
        answer = snow_table_create(self%handle, c(table), record%handle, c_null_ptr, e)
        error = taken(e)
        if (.not. error%failed()) call keep(record, answer)
    end subroutine

    !> Changes fields of a record; the record is then what came of it.
    subroutine update(self, table, sys_id, record, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table, sys_id
        type(record_t), intent(inout) :: record
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, answer
        answer = snow_table_update(self%handle, c(table), c(sys_id), record%handle, c_null_ptr, e)
        error = taken(e)
        if (.not. error%failed()) call keep(record, answer)
    end subroutine

    subroutine delete(self, table, sys_id, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table, sys_id
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_table_delete(self%handle, c(table), c(sys_id), c_null_ptr, e)
        error = taken(e)
    end subroutine

    !> The next row, which is valid until the one after it; false at the end, or where error says why.
    logical function rows_next(self, row, error)
        class(rows_t), intent(in) :: self
        type(record_t), intent(inout) :: row
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, lent
        rows_next = snow_cursor_next(self%handle, lent, e) == SNOW_OK
        error = taken(e)
        call keep(row, lent)
        row%lent = .true.
    end function

    !> A field as text; empty where there is none.
    function record_get(self, field) result(value)
        class(record_t), intent(in) :: self
        character(*), intent(in) :: field
        character(:), allocatable :: value
        value = text(snow_record_get(self%handle, c(field), c_null_ptr))
    end function

    subroutine record_set(self, field, value, error)
        class(record_t), intent(inout) :: self
        character(*), intent(in) :: field, value
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        if (.not. c_associated(self%handle) .or. self%lent) call keep(self, snow_record_new(e))
        status = snow_record_set(self%handle, c(field), c(value), e)
        error = taken(e)
    end subroutine

    !> The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
    subroutine query_where(self, field, operator, value)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: field, operator
        character(*), intent(in), optional :: value
        character(*), parameter :: known(12) = [character(10) :: '=', '!=', '<', '<=', '>', '>=', 'STARTSWITH', &
            'ENDSWITH', 'LIKE', 'NOT LIKE', 'ISEMPTY', 'ISNOTEMPTY']
        integer(c_int32_t), parameter :: numbers(12) = [1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15]
        character(kind=c_char, len=:), allocatable, target :: value_c
        type(c_ptr) :: e, v
        integer(c_int32_t) :: status
        v = c_null_ptr
        if (present(value)) then
            value_c = c(value)
            v = c_loc(value_c)
        end if
        ! 0 is no operator, which libsnow says.
        status = snow_query_where(made_for(self), c(field), sum(merge(numbers, 0, known == operator)), v, e)
        call note(self, e)
    end subroutine

    subroutine query_order_by(self, field)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: field
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_query_order_by(made_for(self), c(field), e)
        call note(self, e)
    end subroutine

    !> Names with commas between them.
    subroutine query_fields(self, names)
        class(query_t), intent(inout) :: self
        character(*), intent(in) :: names
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_query_fields(made_for(self), c(names), e)
        call note(self, e)
    end subroutine

    subroutine query_limit(self, rows)
        class(query_t), intent(inout) :: self
        integer, intent(in) :: rows
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_query_limit(made_for(self), int(rows, c_int64_t), e)
        call note(self, e)
    end subroutine

    !> Display values in place of the stored ones.
    subroutine query_display_value(self)
        class(query_t), intent(inout) :: self
        type(c_ptr) :: e
        integer(c_int32_t) :: status
        status = snow_query_display_value(made_for(self), 1, e)
        call note(self, e)
    end subroutine

    function made_for(query) result(handle)
        class(query_t), intent(inout) :: query
        type(c_ptr) :: handle, e
        if (.not. c_associated(query%handle)) query%handle = snow_query_parse(c_null_char, e)
        handle = query%handle
    end function

    function made(query) result(handle)
        type(query_t), intent(in), optional :: query
        type(c_ptr) :: handle
        handle = c_null_ptr
        if (present(query)) handle = query%handle
    end function

    logical function wrong(query, error)
        type(query_t), intent(in), optional :: query
        type(error_t), intent(inout) :: error
        if (present(query)) error = query%wrong
        wrong = error%failed()
    end function

    subroutine note(query, e)
        class(query_t), intent(inout) :: query
        type(c_ptr), intent(in) :: e
        type(error_t) :: error
        error = taken(e)
        if (.not. query%wrong%failed()) query%wrong = error
    end subroutine

    !> What an error object says, which is freed; it may be none.
    function taken(e) result(error)
        type(c_ptr), intent(in) :: e
        type(error_t) :: error
        if (.not. c_associated(e)) return
        error%status = snow_error_status(e)
        error%status_name = text(snow_status_name(error%status))
        error%message = text(snow_error_message(e))
        error%instance_message = text(snow_error_instance_message(e))
        error%detail = text(snow_error_detail(e))
        error%http_status = snow_error_http_status(e)
        error%method = text(snow_error_method(e))
        error%path = text(snow_error_path(e))
        error%retryable = snow_error_is_retryable(e) == 1
        error%retry_after_ms = snow_error_retry_after_ms(e)
        error%maybe_applied = snow_error_maybe_applied(e) == 1
        call snow_error_free(e)
    end function

    subroutine check_version()
        character(12) :: found, wanted
        if (snow_abi_version() == ABI_VERSION) return
        write (found, '(i0)') snow_abi_version()
        write (wanted, '(i0)') ABI_VERSION
        error stop 'the libsnow that was loaded has the binary interface '//trim(found)//', and snow.f90 is for '// &
            trim(wanted)//': take both from the same version of libsnow'
    end subroutine

    subroutine keep(record, handle)
        class(record_t), intent(inout) :: record
        type(c_ptr), intent(in) :: handle
        if (.not. record%lent) call snow_record_free(record%handle)
        record%handle = handle
        record%lent = .false.
    end subroutine

    subroutine client_free(self)
        type(client_t), intent(inout) :: self
        call snow_client_free(self%handle)
        self%handle = c_null_ptr
    end subroutine

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

    pure function c(fortran)
        character(*), intent(in) :: fortran
        character(kind=c_char, len=:), allocatable :: c
        c = fortran//c_null_char
    end function

    function text(pointer)
        type(c_ptr), intent(in) :: pointer
        character(:), allocatable :: text
        character(kind=c_char), pointer :: characters(:)
        integer :: length, i
        if (.not. c_associated(pointer)) then
            text = ''
            return
        end if
        call c_f_pointer(pointer, characters, [huge(1)])
        length = 0
        do while (characters(length + 1) /= c_null_char)
            length = length + 1
        end do
        allocate (character(length) :: text)
        do i = 1, length
            text(i:i) = characters(i)
        end do
    end function
end module
