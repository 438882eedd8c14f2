# frozen_string_literal: true

require 'fiddle/import'
require 'json'

# libsnow from Ruby: rows by each, errors raised, blocks as callbacks.
module Snow
  ABI_VERSION = 0
  HANDLED = 1397641047
  DONE = 410
  OPERATORS = {
    '=' => 1, '!=' => 2, '<' => 3, '<=' => 4, '>' => 5, '>=' => 6, 'STARTSWITH' => 10, 'ENDSWITH' => 11,
    'LIKE' => 12, 'NOT LIKE' => 13, 'ISEMPTY' => 14, 'ISNOTEMPTY' => 15
  }.freeze

  # The functions of snow.h, by their names.
  module Library
    extend Fiddle::Importer

    path = ENV.fetch('SNOW_LIBRARY', 'libsnow.so.0')
    begin
      dlload path
    rescue Fiddle::DLError => e
      raise LoadError, "libsnow was not found as #{path}: install it where the loader of the system looks " \
                       "(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path (#{e.message})"
    end
    %w[snow_status snow_operator snow_display].each { |name| typealias name, 'int' }
    %w[snow_token_fn snow_destroy_fn].each { |name| typealias name, 'void *' }
    extern 'uint32_t snow_abi_version(void)'
    if snow_abi_version != ABI_VERSION
      raise LoadError, "#{path} has the binary interface #{snow_abi_version}, and snow.rb is for #{ABI_VERSION}: " \
                       'take both from the same version of libsnow'
    end

    <<~C.split(";\n").each { |declaration| extern declaration }
      const char *snow_version(void);
      const char *snow_status_name(snow_status status);
      snow_status snow_error_status(const snow_error *error);
      const char *snow_error_message(const snow_error *error);
      const char *snow_error_instance_message(const snow_error *error);
      const char *snow_error_detail(const snow_error *error);
      int32_t snow_error_http_status(const snow_error *error);
      const char *snow_error_method(const snow_error *error);
      const char *snow_error_path(const snow_error *error);
      int32_t snow_error_is_retryable(const snow_error *error);
      int64_t snow_error_retry_after_ms(const snow_error *error);
      int32_t snow_error_maybe_applied(const snow_error *error);
      void snow_error_free(snow_error *error);
      snow_token *snow_token_from_json(const char *json, snow_error **error);
      const char *snow_token_json(const snow_token *token, size_t *length);
      void snow_token_free(snow_token *token);
      snow_client *snow_client_new_basic(const char *instance, const char *user, const char *password, snow_error **error);
      snow_client *snow_client_new_oauth(const char *instance, const char *client_id, const char *client_secret, const snow_token *token, snow_error **error);
      snow_status snow_set_token_callback(snow_client *client, snow_token_fn callback, void *user_data, snow_destroy_fn destroy, snow_error **error);
      snow_status snow_client_login(snow_client *client, const char *user, const char *password, snow_error **error);
      snow_status snow_client_set_token(snow_client *client, const snow_token *token, snow_error **error);
      snow_token *snow_client_token(const snow_client *client, snow_error **error);
      void snow_client_free(snow_client *client);
      snow_query *snow_query_parse(const char *encoded, snow_error **error);
      snow_status snow_query_where(snow_query *query, const char *field, snow_operator op, const char *value, snow_error **error);
      snow_status snow_query_order_by(snow_query *query, const char *field, snow_error **error);
      snow_status snow_query_fields(snow_query *query, const char *fields, snow_error **error);
      snow_status snow_query_limit(snow_query *query, uint64_t rows, snow_error **error);
      snow_status snow_query_display_value(snow_query *query, snow_display form, snow_error **error);
      void snow_query_free(snow_query *query);
      snow_record *snow_record_from_json(const char *json, size_t length, snow_error **error);
      const char *snow_record_json(const snow_record *record, size_t *length);
      void snow_record_free(snow_record *record);
      snow_status snow_cursor_next(snow_cursor *cursor, const snow_record **row, snow_error **error);
      void snow_cursor_free(snow_cursor *cursor);
      snow_record *snow_table_get(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
      snow_cursor *snow_table_list(snow_client *client, const char *table, const snow_query *query, snow_error **error);
      snow_record *snow_table_create(snow_client *client, const char *table, const snow_record *record, const snow_query *query, snow_error **error);
      snow_record *snow_table_update(snow_client *client, const char *table, const char *sys_id, const snow_record *record, const snow_query *query, snow_error **error);
      snow_status snow_table_delete(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error)
    C
  end

  # What went wrong, as libsnow says it: snow.h under "Errors" tells each field.
  class Error < StandardError
    attr_reader :status, :status_name, :instance_message, :detail, :http_status, :http_method, :path, :retry_after_ms

    def initialize(error)
      super(Snow.text(Library.snow_error_message(error)))
      @status = Library.snow_error_status(error)
      @status_name = Snow.text(Library.snow_status_name(@status))
      @instance_message = Snow.text(Library.snow_error_instance_message(error))
      @detail = Snow.text(Library.snow_error_detail(error))
      @http_status = Library.snow_error_http_status(error)
      @http_method = Snow.text(Library.snow_error_method(error))
      @path = Snow.text(Library.snow_error_path(error))
      @retryable = Library.snow_error_is_retryable(error) == 1
      @retry_after_ms = Library.snow_error_retry_after_ms(error)
      @maybe_applied = Library.snow_error_maybe_applied(error) == 1
      Library.snow_error_free(error)
    end

    def retryable? = @retryable
    def maybe_applied? = @maybe_applied
  end

  class << self
    def text(pointer)
      pointer.null? ? nil : pointer.to_s.force_encoding(Encoding::UTF_8)
    end

    # Calls a function whose last parameter is an error, which is raised; or what a callback raised meanwhile.
    def call(name, *arguments)
      error = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
      before = Thread.current[:snow_raised]
      Thread.current[:snow_raised] = nil
      result = Library.public_send(name, *arguments, error)
      raised = Thread.current[:snow_raised]
      unless error.ptr.null?
        reason = Error.new(error.ptr)
        raise raised && reason.status_name == 'SNOW_CALLBACK_FAILED' ? raised : reason
      end
      result
    ensure
      Thread.current[:snow_raised] = before
    end

    # Yields a handle and frees it.
    def with(noun, handle)
      yield handle
    ensure
      Library.public_send("snow_#{noun}_free", handle)
    end

    def fields(record)
      JSON.parse(text(Library.snow_record_json(record, nil)))
    end
  end

  # Which rows, in what order and form. Each method returns the query, which any number of calls may use.
  class Query
    # encoded: conditions as ServiceNow encodes them; see also #where.
    def initialize(encoded = '')
      @encoded = encoded
      @steps = []
    end

    # The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
    def where(field, operator, value = nil)
      op = OPERATORS.fetch(operator) do
        raise ArgumentError, "operator #{operator}: accepted are #{OPERATORS.keys.join(', ')}"
      end
      step(:where, field, op, value&.to_s)
    end

    def order_by(field) = step(:order_by, field)
    def fields(*names) = step(:fields, names.join(','))
    def limit(rows) = step(:limit, rows)
    # Display values in place of the stored ones.
    def display_value = step(:display_value, 1)

    def self.with(query)
      return yield nil unless query

      query.made { |handle| yield handle }
    end

    def made
      Snow.with(:query, Snow.call(:snow_query_parse, @encoded)) do |handle|
        @steps.each { |name, *arguments| Snow.call(name, handle, *arguments) }
        yield handle
      end
    end

    private

    def step(name, *arguments)
      @steps << [:"snow_query_#{name}", *arguments]
      self
    end
  end

  # One instance, for any number of threads. Close it in the end, or give Client.basic and Client.oauth a block.
  class Client
    class << self
      def basic(instance, user, password, &block)
        opened(Snow.call(:snow_client_new_basic, instance, user, password), &block)
      end

      # token: one from before, as #on_token was given it.
      def oauth(instance, client_id, client_secret, token = nil, &block)
        opened(with_token(token) { |handle| Snow.call(:snow_client_new_oauth, instance, client_id, client_secret, handle) },
               &block)
      end

      def with_token(token, &block)
        return yield nil unless token

        Snow.with(:token, Snow.call(:snow_token_from_json, JSON.generate(token)), &block)
      end

      private

      def opened(handle)
        client = new(handle)
        return client unless block_given?

        begin
          yield client
        ensure
          client.close
        end
      end
    end

    def initialize(handle)
      @handle = handle
      @mutex = Mutex.new
      @calls = 0
      # A call of another thread may still run the one before: they live as long as the client.
      @closures = []
    end

    # Has each new token told to a block, on the thread whose call needed it, before that call goes on. What it
    # raises comes out of that call.
    def on_token
      closure = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, [Fiddle::TYPE_VOIDP] * 2) do |_, token|
        yield JSON.parse(Snow.text(Library.snow_token_json(token, nil)))
        HANDLED
      rescue Exception => e # An exception must not jump over the frames of the library.
        Thread.current[:snow_raised] = e
        0
      end
      @closures << closure
      call(:snow_set_token_callback, closure, nil, nil)
      self
    end

    def login(user, password) = call(:snow_client_login, user, password)

    def token=(token)
      Client.with_token(token) { |handle| call(:snow_client_set_token, handle) }
    end

    def token
      Snow.with(:token, call(:snow_client_token)) { |handle| JSON.parse(Snow.text(Library.snow_token_json(handle, nil))) }
    end

    def get(table, sys_id, query = nil)
      Query.with(query) { |handle| taken(call(:snow_table_get, table, sys_id, handle)) }
    end

    # The rows of a table, as hashes: list('incident', query).each { |row| ... }, or any method of Enumerable.
    def list(table, query = nil)
      return enum_for(:list, table, query) unless block_given?

      cursor = Query.with(query) { |handle| call(:snow_table_list, table, handle) }
      Snow.with(:cursor, cursor) do
        row = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
        yield Snow.fields(row.ptr) while Snow.call(:snow_cursor_next, cursor, row) != DONE
      end
      self
    end

    def create(table, fields) = sent(fields) { |record| call(:snow_table_create, table, record, nil) }

    def update(table, sys_id, fields)
      sent(fields) { |record| call(:snow_table_update, table, sys_id, record, nil) }
    end

    def delete(table, sys_id) = call(:snow_table_delete, table, sys_id, nil)

    # Frees the client once the calls of other threads have ended. It does not wait for them.
    def close
      @mutex.synchronize { @closed = true }
      release
    end

    private

    def call(name, *arguments)
      @mutex.synchronize do
        raise IOError, 'the client is closed' if @closed

        @calls += 1
      end
      begin
        Snow.call(name, @handle, *arguments)
      ensure
        @mutex.synchronize { @calls -= 1 }
        release
      end
    end

    def release
      handle = @mutex.synchronize do
        next unless @closed && @calls.zero?

        last, @handle = @handle, nil
        last
      end
      Library.snow_client_free(handle) if handle
    end

    def sent(fields)
      json = JSON.generate(fields)
      Snow.with(:record, Snow.call(:snow_record_from_json, json, json.bytesize)) { |record| taken(yield(record)) }
    end

    def taken(record) = Snow.with(:record, record) { Snow.fields(record) }
  end
end
