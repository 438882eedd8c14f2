! Signs in, lists, creates, meets an error and renews its token.
!   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... ./example
module example_tokens
    use snow
    implicit none

    type, extends(token_sink_t) :: tokens_t
        integer :: count = 0
        character(:), allocatable :: last
    contains
        procedure :: told
    end type

contains

    ! The place to store it.
    logical function told(self, token)
        class(tokens_t), intent(inout) :: self
        character(*), intent(in) :: token
        self%count = self%count + 1
        self%last = token
        told = .true.
    end function
end module

program example
    use snow
    use example_tokens
    implicit none
    type(tokens_t), target :: tokens
    call run()
contains

    subroutine run()
        type(client_t) :: client
        type(error_t) :: error
        type(query_t) :: query
        type(record_t) :: row, made
        type(rows_t) :: rows

        call client%oauth(env('SNOW_INSTANCE'), env('SNOW_CLIENT_ID'), env('SNOW_CLIENT_SECRET'), error)
        call check(error)
        call client%on_token(tokens, error)
        call check(error)
        call client%login(env('SNOW_USER'), env('SNOW_PASSWORD'), error)
        call check(error)
        print '(a, i0)', 'signed in, token ', tokens%count

        call query%where('active', '=', 'true')
        call query%order_by('number')
        call query%fields('number')
        call query%limit(3)
        call client%list('incident', rows, error, query)
        call check(error)
        do while (rows%next(row, error))
            print '(a)', row%get('number')
        end do
        call check(error)

        call made%set('short_description', 'Disk full on db01', error)
        call check(error)
        call client%create('incident', made, error)
        call check(error)
        print '(2a)', 'opened: ', made%get('short_description')

        call client%get('incident', 'nobody', row, error)
        if (error%failed()) print '(2a, i0, 2a)', error%status_name, ', HTTP ', error%http_status, ': ', &
            error%instance_message

        call client%set_token(ended(tokens%last), error)
        call check(error)
        call client%get('incident', made%get('sys_id'), row, error)
        call check(error)
        print '(a, i0)', 'renewed, token ', tokens%count
    end subroutine

    ! A token whose time is over.
    function ended(token)
        character(*), intent(in) :: token
        character(:), allocatable :: ended
        integer :: from, to
        from = index(token, '"expires_at":') + len('"expires_at":')
        to = from + scan(token(from:), ',}') - 1
        ended = token(:from - 1)//'1'//token(to:)
    end function

    subroutine check(error)
        type(error_t), intent(in) :: error
        if (error%failed()) error stop error%message
    end subroutine

    function env(name)
        character(*), intent(in) :: name
        character(:), allocatable :: env
        integer :: length
        call get_environment_variable(name, length=length)
        allocate (character(length) :: env)
        if (length > 0) call get_environment_variable(name, env)
    end function
end program
