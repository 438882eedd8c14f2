!> What goes wrong, and the texts that cross between Fortran and C.
module snow_error
    use snow_c
    implicit none
    private
    public :: error_t, taken, refused, refuse_nul, c, text

    !> What went wrong, as libsnow says it: snow.h under "Errors" tells each field. A text that there is not is empty.
    type :: error_t
        integer :: status = SNOW_OK, http_status = 0
        character(:), allocatable :: status_name, message, instance_message, detail, method, path
        logical :: retryable = .false., maybe_applied = .false.
        integer(c_int64_t) :: retry_after_ms = -1 !< -1 where the instance did not say
    contains
        procedure :: failed
    end type

contains

    logical function failed(self)
        class(error_t), intent(in) :: self
        failed = self%status /= SNOW_OK
    end function

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

    !> What is wrong with an argument that libsnow is not given.
    function refused(message) result(error)
        character(*), intent(in) :: message
        type(error_t) :: error
        error%status = SNOW_INVALID_ARGUMENT
        error%status_name = text(snow_status_name(error%status))
        error%message = message
        error%instance_message = ''
        error%detail = ''
        error%method = ''
        error%path = ''
    end function

    !> Refuses a text that C would take for a shorter one, unless something was refused before.
    subroutine refuse_nul(error, argument, value)
        type(error_t), intent(inout) :: error
        character(*), intent(in) :: argument, value
        if (error%failed() .or. index(value, c_null_char) == 0) return
        error = refused(argument//': it holds a NUL character')
    end subroutine

    !> A text for C.
    pure function c(fortran)
        character(*), intent(in) :: fortran
        character(kind=c_char, len=:), allocatable :: c
        c = fortran//c_null_char
    end function

    !> A text of C's; empty where there is none.
    function text(pointer)
        type(c_ptr), intent(in) :: pointer
        character(:), allocatable :: text
        character(kind=c_char), pointer :: characters(:)
        integer :: length, i
        text = ''
        if (.not. c_associated(pointer)) return
        call c_f_pointer(pointer, characters, [huge(1)])
        length = 0
        do while (characters(length + 1) /= c_null_char)
            length = length + 1
        end do
        deallocate (text)
        allocate (character(length) :: text)
        do i = 1, length
            text(i:i) = characters(i)
        end do
    end function
end module
