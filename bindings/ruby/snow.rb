# frozen_string_literal: true

require_relative 'library'

# libsnow from Ruby: rows by each, errors raised, blocks as callbacks.
module Snow
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

  # Which rows, in what order and form. Each method returns the query, which any number of calls may use.
  class Query
    OPERATORS = {
      '=' => :EQ, '!=' => :NE, '<' => :LT, '<=' => :LE, '>' => :GT, '>=' => :GE, 'STARTSWITH' => :STARTS_WITH,
      'ENDSWITH' => :ENDS_WITH, 'LIKE' => :CONTAINS, 'NOT LIKE' => :NOT_CONTAINS, 'ISEMPTY' => :IS_EMPTY,
      'ISNOTEMPTY' => :IS_NOT_EMPTY
    }.freeze

    # encoded: conditions as ServiceNow encodes them; see also #where.
    def initialize(encoded = '')
      @encoded = encoded
      @steps = []
    end

    # The steps of a copy are its own.
    def initialize_copy(_)
      super
      @steps = @steps.dup
    end

    # The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
    def where(field, operator, value = nil)
      op = OPERATORS.fetch(operator) do
        raise ArgumentError, "operator #{operator}: accepted are #{OPERATORS.keys.join(', ')}"
      end
      step(:where, field, Library.const_get("SNOW_#{op}"), Snow.condition(value))
    end

    def order_by(field) = step(:order_by, field)
    def fields(*names) = step(:fields, names.join(','))
    def limit(rows) = step(:limit, rows)
    # Display values in place of the stored ones.
    def display_value = step(:display_value, Library::SNOW_DISPLAY_TRUE)

    def self.with(query)
      return yield nil unless query

      query.made { |handle| yield handle }
    end

    def made
      Snow.with(Snow.call(:snow_query_parse, @encoded)) do |handle|
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

        Snow.with(Snow.call(:snow_token_from_json, JSON.generate(token)), &block)
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

    # Two would free the same.
    def initialize_copy(_)
      raise TypeError, 'a client has no copy: it serves any number of threads'
    end

    # Has each new token told to a block, on the thread whose call needed it, before that call goes on. What it
    # raises comes out of that call.
    def on_token
      # Fiddle calls Ruby to make a pointer, where a signal that came meanwhile raises, before this block begins.
      closure = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, [Fiddle::TYPE_INTPTR_T] * 2) do |_, token|
        Snow.inside { yield Snow.token(token) }
      end
      @closures << closure
      call(:snow_set_token_callback, closure, nil, nil)
      self
    end

    def login(user, password) = call(:snow_client_login, user, password)

    def token=(token)
      Client.with_token(token) { |handle| call(:snow_client_set_token, handle) }
    end

    def token = Snow.with(call(:snow_client_token)) { |handle| Snow.token(handle) }

    def get(table, sys_id, query = nil)
      Query.with(query) { |handle| taken(call(:snow_table_get, table, sys_id, handle)) }
    end

    # The rows of a table, as hashes: list('incident', query).each { |row| ... }, or any method of Enumerable.
    def list(table, query = nil)
      return enum_for(:list, table, query) unless block_given?

      cursor = Query.with(query) { |handle| call(:snow_table_list, table, handle) }
      begin
        row = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
        yield Snow.fields(row.ptr) while Snow.call(:snow_cursor_next, cursor, row) != Library::SNOW_DONE
      ensure
        # An Enumerator that is left after `next` does not come here: the collector frees the cursor then.
        cursor.call_free
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

    # Calls a function that begins with the client, which is not freed meanwhile.
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

    private

    def release
      handle = @mutex.synchronize do
        next unless @closed && @calls.zero?

        last, @handle = @handle, nil
        last
      end
      handle&.call_free
    end

    def sent(fields)
      json = JSON.generate(fields.to_h.transform_values { |value| Snow.written(value) })
      Snow.with(Snow.call(:snow_record_from_json, json, json.bytesize)) { |record| taken(yield(record)) }
    end

    def taken(record) = Snow.with(record) { Snow.fields(record) }
  end
end
