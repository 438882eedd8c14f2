!> The functions of snow.h, as they are. Texts go in with c_null_char at their end.
module snow_c
    use, intrinsic :: iso_c_binding
    implicit none
    public

    integer(c_int32_t), parameter :: ABI_VERSION = 0, SNOW_OK = 0, SNOW_DONE = 410, SNOW_HANDLED = 1397641047

    interface
        function snow_abi_version() bind(c)
            import
            integer(c_int32_t) :: snow_abi_version
        end function
        function snow_status_name(status) bind(c)
            import
            integer(c_int32_t), value :: status
            type(c_ptr) :: snow_status_name
        end function
        function snow_error_status(error) bind(c)
            import
            type(c_ptr), value :: error
            integer(c_int32_t) :: snow_error_status
        end function
        function snow_error_message(error) bind(c)
            import
            type(c_ptr), value :: error
            type(c_ptr) :: snow_error_message
        end function
        function snow_error_instance_message(error) bind(c)
            import
            type(c_ptr), value :: error
            type(c_ptr) :: snow_error_instance_message
        end function
        function snow_error_detail(error) bind(c)
            import
            type(c_ptr), value :: error
            type(c_ptr) :: snow_error_detail
        end function
        function snow_error_http_status(error) bind(c)
            import
            type(c_ptr), value :: error
            integer(c_int32_t) :: snow_error_http_status
        end function
        function snow_error_method(error) bind(c)
            import
            type(c_ptr), value :: error
            type(c_ptr) :: snow_error_method
        end function
        function snow_error_path(error) bind(c)
            import
            type(c_ptr), value :: error
            type(c_ptr) :: snow_error_path
        end function
        function snow_error_is_retryable(error) bind(c)
            import
            type(c_ptr), value :: error
            integer(c_int32_t) :: snow_error_is_retryable
        end function
        function snow_error_retry_after_ms(error) bind(c)
            import
            type(c_ptr), value :: error
            integer(c_int64_t) :: snow_error_retry_after_ms
        end function
        function snow_error_maybe_applied(error) bind(c)
            import
            type(c_ptr), value :: error
            integer(c_int32_t) :: snow_error_maybe_applied
        end function
        subroutine snow_error_free(error) bind(c)
            import
            type(c_ptr), value :: error
        end subroutine
        function snow_token_from_json(json, error) bind(c)
            import
            character(kind=c_char), intent(in) :: json(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_token_from_json
        end function
        function snow_token_json(token, length) bind(c)
            import
            type(c_ptr), value :: token, length
            type(c_ptr) :: snow_token_json
        end function
        subroutine snow_token_free(token) bind(c)
            import
            type(c_ptr), value :: token
        end subroutine
        function snow_client_new_basic(instance, user, password, error) bind(c)
            import
            character(kind=c_char), intent(in) :: instance(*), user(*), password(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_client_new_basic
        end function
        function snow_client_new_oauth(instance, client_id, client_secret, token, error) bind(c)
            import
            character(kind=c_char), intent(in) :: instance(*), client_id(*), client_secret(*)
            type(c_ptr), value :: token
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_client_new_oauth
        end function
        function snow_set_token_callback(client, callback, user_data, destroy, error) bind(c)
            import
            type(c_ptr), value :: client, user_data
            type(c_funptr), value :: callback, destroy
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_set_token_callback
        end function
        function snow_client_login(client, user, password, error) bind(c)
            import
            type(c_ptr), value :: client
            character(kind=c_char), intent(in) :: user(*), password(*)
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_client_login
        end function
        function snow_client_set_token(client, token, error) bind(c)
            import
            type(c_ptr), value :: client, token
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_client_set_token
        end function
        function snow_client_token(client, error) bind(c)
            import
            type(c_ptr), value :: client
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_client_token
        end function
        subroutine snow_client_free(client) bind(c)
            import
            type(c_ptr), value :: client
        end subroutine
        function snow_query_parse(encoded, error) bind(c)
            import
            character(kind=c_char), intent(in) :: encoded(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_query_parse
        end function
        function snow_query_where(query, field, op, value, error) bind(c)
            import
            type(c_ptr), value :: query, value
            character(kind=c_char), intent(in) :: field(*)
            integer(c_int32_t), value :: op
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_query_where
        end function
        function snow_query_order_by(query, field, error) bind(c)
            import
            type(c_ptr), value :: query
            character(kind=c_char), intent(in) :: field(*)
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_query_order_by
        end function
        function snow_query_fields(query, fields, error) bind(c)
            import
            type(c_ptr), value :: query
            character(kind=c_char), intent(in) :: fields(*)
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_query_fields
        end function
        function snow_query_limit(query, rows, error) bind(c)
            import
            type(c_ptr), value :: query
            integer(c_int64_t), value :: rows
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_query_limit
        end function
        function snow_query_display_value(query, form, error) bind(c)
            import
            type(c_ptr), value :: query
            integer(c_int32_t), value :: form
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_query_display_value
        end function
        subroutine snow_query_free(query) bind(c)
            import
            type(c_ptr), value :: query
        end subroutine
        function snow_record_new(error) bind(c)
            import
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_record_new
        end function
        function snow_record_set(record, field, value, error) bind(c)
            import
            type(c_ptr), value :: record
            character(kind=c_char), intent(in) :: field(*), value(*)
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_record_set
        end function
        function snow_record_get(record, field, length) bind(c)
            import
            type(c_ptr), value :: record, length
            character(kind=c_char), intent(in) :: field(*)
            type(c_ptr) :: snow_record_get
        end function
        subroutine snow_record_free(record) bind(c)
            import
            type(c_ptr), value :: record
        end subroutine
        function snow_cursor_next(cursor, row, error) bind(c)
            import
            type(c_ptr), value :: cursor
            type(c_ptr), intent(out) :: row, error
            integer(c_int32_t) :: snow_cursor_next
        end function
        subroutine snow_cursor_free(cursor) bind(c)
            import
            type(c_ptr), value :: cursor
        end subroutine
        function snow_table_get(client, table, sys_id, query, error) bind(c)
            import
            type(c_ptr), value :: client, query
            character(kind=c_char), intent(in) :: table(*), sys_id(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_table_get
        end function
        function snow_table_list(client, table, query, error) bind(c)
            import
            type(c_ptr), value :: client, query
            character(kind=c_char), intent(in) :: table(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_table_list
        end function
        function snow_table_create(client, table, record, query, error) bind(c)
            import
            type(c_ptr), value :: client, record, query
            character(kind=c_char), intent(in) :: table(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_table_create
        end function
        function snow_table_update(client, table, sys_id, record, query, error) bind(c)
            import
            type(c_ptr), value :: client, record, query
            character(kind=c_char), intent(in) :: table(*), sys_id(*)
            type(c_ptr), intent(out) :: error
            type(c_ptr) :: snow_table_update
        end function
        function snow_table_delete(client, table, sys_id, query, error) bind(c)
            import
            type(c_ptr), value :: client, query
            character(kind=c_char), intent(in) :: table(*), sys_id(*)
            type(c_ptr), intent(out) :: error
            integer(c_int32_t) :: snow_table_delete
        end function
    end interface
end module
