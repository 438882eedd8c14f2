! What the example does not show: a sink that refuses and one that calls its client, records, mistakes.
module test_sinks
    use snow
    implicit none

    type, extends(token_sink_t) :: sink_t
        integer :: count = 0
        logical :: accepts = .true.
        type(client_t), pointer :: calls => null()
    contains
        procedure :: told
    end type

contains

    logical function told(self, token)
        class(sink_t), intent(inout) :: self
        character(*), intent(in) :: token
        type(record_t) :: record
        type(error_t) :: error
        self%count = self%count + 1
        told = self%accepts .and. index(token, 'access_token') > 0
        if (.not. associated(self%calls)) return
        call self%calls%get('incident', '0', record, error)
        told = told .and. error%status == 313
    end function
end module

program test
    use snow
    use snow_c
    use test_sinks
    implicit none
    type(sink_t), target :: sink
    type(client_t), target :: client
    type(error_t) :: error
    character(:), allocatable :: token
    character(200) :: instance

    call get_environment_variable('SNOW_INSTANCE', instance)
    call client%oauth(trim(instance), 'snow-client', 'snow-secret', error)
    call hold(.not. error%failed(), 'oauth')
    call client%on_token(sink, error)
    call client%login('admin', 'admin', error)
    call hold(.not. error%failed() .and. sink%count == 1, 'login')
    call callbacks()
    call records()
    call mistakes()
    call what_fails_changes_nothing()
    call the_rest_of_the_header()
contains

    subroutine callbacks()
        type(record_t) :: record
        sink%accepts = .false.
        call expire()
        call client%get('incident', '0', record, error)
        call hold(error%status_name == 'SNOW_CALLBACK_FAILED' .and. sink%count == 2, 'a sink that refuses')
        sink%accepts = .true.
        sink%calls => client
        call expire()
        call client%get('incident', '0', record, error)
        call hold(error%status_name == 'SNOW_NOT_FOUND' .and. sink%count == 3, 'a sink that calls its client')
    end subroutine

    subroutine records()
        type(record_t) :: record, changes
        type(query_t) :: display
        type(rows_t) :: rows
        character(:), allocatable :: sys_id
        integer :: count
        call record%set('short_description', 'naïve 😀', error)
        call client%create('incident', record, error)
        call hold(record%get('short_description') == 'naïve 😀', 'create')
        sys_id = record%get('sys_id')
        call changes%set('state', '2', error)
        call client%update('incident', sys_id, changes, error)
        call hold(changes%get('state') == '2' .and. changes%get('nothing') == '', 'update')
        call display%fields('state,opened_by')
        call display%display_value()
        call client%get('incident', sys_id, record, error, display)
        call hold(record%get('state') == 'In Progress' .and. record%get('opened_by') == 'admin', 'display')
        call client%delete('incident', sys_id, error)
        call hold(.not. error%failed(), 'delete')
        call client%get('incident', sys_id, record, error)
        call hold(error%http_status == 404 .and. error%path == '/api/now/table/incident/'//sys_id &
            .and. error%method == 'GET' .and. .not. error%retryable .and. .not. error%maybe_applied &
            .and. error%retry_after_ms == -1 .and. error%detail /= '', 'an error')
        call client%list('incident', rows, error)
        count = 0
        do while (rows%next(record, error))
            if (record%get('sys_id') /= '') count = count + 1
        end do
        call hold(count >= 75 .and. .not. error%failed(), 'list')
    end subroutine

    subroutine mistakes()
        type(query_t) :: no_operator, no_field, negative, cut_off
        type(record_t) :: record, kept
        type(rows_t) :: rows
        type(client_t) :: never_made
        character(:), allocatable :: sys_id
        call no_operator%where('active', '~', 'true')
        call client%get('incident', '0', record, error, no_operator)
        call hold(index(error%message, 'op') > 0 .and. error%http_status == 0, 'an operator that is none')
        call no_field%where('a^b', '=', 'true')
        call no_field%limit(1)
        call client%get('incident', '0', record, error, no_field)
        call hold(index(error%message, 'field') > 0, 'a field that is none')
        call never_made%get('incident', '0', record, error)
        call hold(index(error%message, 'client') > 0, 'a client that was never made')
        call negative%limit(-1)
        call client%list('incident', rows, error, negative)
        call hold(error%message == 'rows: it is negative' .and. error%status == SNOW_INVALID_ARGUMENT .and. &
            error%status_name == 'SNOW_INVALID_ARGUMENT' .and. error%detail == '', 'a negative limit')
        call kept%set('short_description', 'kept', error)
        call client%create('incident', kept, error)
        sys_id = kept%get('sys_id')
        call client%delete('incident', sys_id//c_null_char//'^active=true', error)
        call hold(error%message == 'sys_id: it holds a NUL character', 'a key with a NUL')
        call client%get('incident', sys_id, record, error)
        call hold(.not. error%failed() .and. record%get('sys_id'//c_null_char) == '', 'what was not deleted')
        call kept%set('short_description', 'a'//c_null_char, error)
        call hold(error%message == 'value: it holds a NUL character', 'a value with a NUL')
        call cut_off%where('number', 'STARTSWITH', 'INC'//c_null_char//'nonsense')
        call client%list('incident', rows, error, cut_off)
        call hold(error%message == 'value: it holds a NUL character', 'a condition with a NUL')
        call never_made%basic('dev12345', 'admin'//c_null_char, 'secret', error)
        call hold(error%message == 'user: it holds a NUL character', 'a user with a NUL')
    end subroutine

    subroutine what_fails_changes_nothing()
        type(client_t) :: kept
        type(record_t) :: record
        type(rows_t) :: rows
        character(:), allocatable :: sys_id
        call kept%basic(trim(instance), 'admin', 'admin', error)
        call kept%basic('no instance', 'admin', 'admin', error)
        call hold(error%failed(), 'an instance that is none')
        call kept%oauth('no instance', 'snow-client', 'snow-secret', error)
        call hold(error%failed(), 'an instance that is none, with tokens')
        call kept%list('incident', rows, error)
        call hold(rows%next(record, error), 'a client that was kept')
        call kept%list('no table', rows, error)
        call hold(error%failed(), 'a table that is none')
        call hold(rows%next(record, error), 'rows that were kept')
        sys_id = record%get('sys_id')
        call kept%get('incident', sys_id, record, error)
        call kept%get('incident', '0', record, error)
        call hold(error%status == 313 .and. record%get('sys_id') == sys_id, 'a record that was kept')
    end subroutine

    subroutine the_rest_of_the_header()
        integer(c_int64_t) :: count
        call hold(snow_table_count(client%handle, 'incident'//c_null_char, c_null_ptr, count) == SNOW_OK, 'a count')
        call hold(count >= 75, 'all rows')
        call hold(snow_table_count(client%handle, query=c_null_ptr) == SNOW_NULL_ARGUMENT, 'what is left out')
    end subroutine

    subroutine expire()
        integer :: from, to
        call client%token(token, error)
        from = index(token, '"expires_at":') + len('"expires_at":')
        to = from + scan(token(from:), ',}') - 1
        call client%set_token(token(:from - 1)//'1'//token(to:), error)
        call hold(.not. error%failed(), 'expire')
    end subroutine

    subroutine hold(truth, what)
        logical, intent(in) :: truth
        character(*), intent(in) :: what
        if (truth) return
        if (allocated(error%message)) print '(a)', error%message
        error stop 'not so: '//what
    end subroutine
end program
