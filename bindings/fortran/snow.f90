!> libsnow from Fortran: objects that free what they hold, errors as values, callbacks as objects.
module snow
    use snow_c
    use snow_error
    use snow_rows
    implicit none
    private
    public :: client_t, error_t, query_t, record_t, rows_t, token_sink_t

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
        type(c_ptr) :: handle = c_null_ptr
    contains
        procedure :: basic, oauth, on_token, login, set_token, token, get, list, create, update, delete
        final :: client_free
    end type

contains

    !> Signs in with a user and a password.
    subroutine basic(self, instance, user, password, error)
        class(client_t), intent(inout) :: self
        character(*), intent(in) :: instance, user, password
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, made
        call check_version()
        call refuse_nul(error, 'instance', instance)
        call refuse_nul(error, 'user', user)
        call refuse_nul(error, 'password', password)
        if (error%failed()) return
        made = snow_client_new_basic(c(instance), c(user), c(password), e)
        error = taken(e)
        if (error%failed()) return
        call snow_client_free(self%handle)
        self%handle = made
    end subroutine

    !> Signs in with tokens: one from before, as a sink was told it, or none yet: login() then.
    subroutine oauth(self, instance, client_id, client_secret, error, token)
        class(client_t), intent(inout) :: self
        character(*), intent(in) :: instance, client_id, client_secret
        type(error_t), intent(out) :: error
        character(*), intent(in), optional :: token
        type(c_ptr) :: e, stored, made
        call check_version()
        call refuse_nul(error, 'instance', instance)
        call refuse_nul(error, 'client_id', client_id)
        call refuse_nul(error, 'client_secret', client_secret)
        if (present(token)) call refuse_nul(error, 'token', token)
        if (error%failed()) return
        stored = c_null_ptr
        if (present(token)) then
            stored = snow_token_from_json(c(token), e)
            error = taken(e)
            if (error%failed()) return
        end if
        made = snow_client_new_oauth(c(instance), c(client_id), c(client_secret), stored, e)
        error = taken(e)
        call snow_token_free(stored)
        if (error%failed()) return
        call snow_client_free(self%handle)
        self%handle = made
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
        if (status /= SNOW_OK) error = taken(e)
    end subroutine

    integer(c_int32_t) function told(user_data, token) bind(c)
        type(c_ptr), value :: user_data, token
        type(holder_t), pointer :: holder
        call c_f_pointer(user_data, holder)
        told = merge(SNOW_HANDLED, 0, holder%sink%told(text(snow_token_json(token))))
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
        call refuse_nul(error, 'user', user)
        call refuse_nul(error, 'password', password)
        if (error%failed()) return
        if (snow_client_login(self%handle, c(user), c(password), e) /= SNOW_OK) error = taken(e)
    end subroutine

    !> Goes on with another token, which is JSON.
    subroutine set_token(self, token, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: token
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, stored
        integer(c_int32_t) :: status
        call refuse_nul(error, 'token', token)
        if (error%failed()) return
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
        json = text(snow_token_json(stored))
        call snow_token_free(stored)
    end subroutine

    subroutine get(self, table, sys_id, record, error, query)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table, sys_id
        type(record_t), intent(inout) :: record
        type(error_t), intent(out) :: error
        type(query_t), intent(in), optional :: query
        type(c_ptr) :: e, wanted, answer
        wanted = which(query, error)
        call refuse_nul(error, 'table', table)
        call refuse_nul(error, 'sys_id', sys_id)
        if (error%failed()) return
        answer = snow_table_get(self%handle, c(table), c(sys_id), wanted, e)
        error = taken(e)
        if (.not. error%failed()) call keep(record, answer)
    end subroutine

    !> The rows of a table: do while (rows%next(row, error)); ...; end do
    subroutine list(self, table, rows, error, query)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table
        type(rows_t), intent(inout) :: rows
        type(error_t), intent(out) :: error
        type(query_t), intent(in), optional :: query
        type(c_ptr) :: e, wanted, made
        wanted = which(query, error)
        call refuse_nul(error, 'table', table)
        if (error%failed()) return
        made = snow_table_list(self%handle, c(table), wanted, e)
        error = taken(e)
        if (error%failed()) return
        call snow_cursor_free(rows%handle)
        rows%handle = made
    end subroutine

    !> Makes a record of fields; the record is then the one that was made.
    subroutine create(self, table, record, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table
        type(record_t), intent(inout) :: record
        type(error_t), intent(out) :: error
        type(c_ptr) :: e, answer
        call refuse_nul(error, 'table', table)
        if (error%failed()) return
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
        call refuse_nul(error, 'table', table)
        call refuse_nul(error, 'sys_id', sys_id)
        if (error%failed()) return
        answer = snow_table_update(self%handle, c(table), c(sys_id), record%handle, c_null_ptr, e)
        error = taken(e)
        if (.not. error%failed()) call keep(record, answer)
    end subroutine

    subroutine delete(self, table, sys_id, error)
        class(client_t), intent(in) :: self
        character(*), intent(in) :: table, sys_id
        type(error_t), intent(out) :: error
        type(c_ptr) :: e
        call refuse_nul(error, 'table', table)
        call refuse_nul(error, 'sys_id', sys_id)
        if (error%failed()) return
        if (snow_table_delete(self%handle, c(table), c(sys_id), c_null_ptr, e) /= SNOW_OK) error = taken(e)
    end subroutine

    subroutine check_version()
        character(12) :: found, wanted
        if (snow_abi_version() == ABI_VERSION) return
        write (found, '(i0)') snow_abi_version()
        write (wanted, '(i0)') ABI_VERSION
        error stop 'the libsnow that was loaded has the binary interface '//trim(found)//', and snow.f90 is for '// &
            trim(wanted)//': take both from the same version of libsnow'
    end subroutine

    subroutine client_free(self)
        type(client_t), intent(inout) :: self
        call snow_client_free(self%handle)
        self%handle = c_null_ptr
    end subroutine
end module
