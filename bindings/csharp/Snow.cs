using System;
using System.Collections.Generic;

namespace Snow
{
    /// <summary>What went wrong, as libsnow says it; snow.h under "Errors" tells each field.</summary>
    public sealed class SnowException : Exception
    {
        public int Status { get; private set; }
        /// <summary>Such as SNOW_NOT_FOUND.</summary>
        public string StatusName { get; private set; }
        /// <summary>What the instance says of it; null where it said nothing.</summary>
        public string InstanceMessage { get; private set; }
        public string Detail { get; private set; }
        public int HttpStatus { get; private set; }
        public string Method { get; private set; }
        public string Path { get; private set; }
        public bool Retryable { get; private set; }
        /// <summary>Null where the instance did not say.</summary>
        public TimeSpan? RetryAfter { get; private set; }
        /// <summary>Whether a write may have happened in spite of the error.</summary>
        public bool MaybeApplied { get; private set; }

        /// <summary>Takes an error of libsnow's, which is freed.</summary>
        internal SnowException(IntPtr error) : base(Library.Text(Library.snow_error_message(error)))
        {
            Status = Library.snow_error_status(error);
            StatusName = Library.Text(Library.snow_status_name(Status));
            InstanceMessage = Library.Text(Library.snow_error_instance_message(error));
            Detail = Library.Text(Library.snow_error_detail(error));
            HttpStatus = Library.snow_error_http_status(error);
            Method = Library.Text(Library.snow_error_method(error));
            Path = Library.Text(Library.snow_error_path(error));
            Retryable = Library.snow_error_is_retryable(error) == 1;
            long after = Library.snow_error_retry_after_ms(error);
            RetryAfter = after < 0 ? (TimeSpan?)null : TimeSpan.FromMilliseconds(after);
            MaybeApplied = Library.snow_error_maybe_applied(error) == 1;
            Library.snow_error_free(error);
        }
    }

    /// <summary>Which rows, in what order and form. Each method returns the query. It is a description, which any
    /// number of calls may use at once; a call says what is wrong with it.</summary>
    public sealed class Query
    {
        private static readonly Dictionary<string, int> Operators = new Dictionary<string, int>
        {
            { "=", 1 }, { "!=", 2 }, { "<", 3 }, { "<=", 4 }, { ">", 5 }, { ">=", 6 }, { "STARTSWITH", 10 },
            { "ENDSWITH", 11 }, { "LIKE", 12 }, { "NOT LIKE", 13 }, { "ISEMPTY", 14 }, { "ISNOTEMPTY", 15 },
        };

        private delegate int Step(QueryHandle query, out IntPtr error);

        private readonly string encoded;
        private readonly List<Step> steps = new List<Step>();

        /// <param name="encoded">Conditions as ServiceNow encodes them; see also Where.</param>
        public Query(string encoded = "")
        {
            this.encoded = encoded;
        }

        /// <param name="operation">As ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...</param>
        public Query Where(string field, string operation, string value = null)
        {
            int op;
            if (!Operators.TryGetValue(operation, out op))
                throw new ArgumentException("operator " + operation + ": accepted are "
                    + string.Join(", ", Operators.Keys));
            return With((QueryHandle query, out IntPtr error) =>
                Library.snow_query_where(query, Library.Utf8(field), op, Library.Utf8(value), out error));
        }

        public Query OrderBy(string field)
        {
            return With((QueryHandle query, out IntPtr error) =>
                Library.snow_query_order_by(query, Library.Utf8(field), out error));
        }

        public Query Fields(params string[] names)
        {
            byte[] fields = Library.Utf8(string.Join(",", names));
            return With((QueryHandle query, out IntPtr error) =>
                Library.snow_query_fields(query, fields, out error));
        }

        public Query Limit(ulong rows)
        {
            return With((QueryHandle query, out IntPtr error) => Library.snow_query_limit(query, rows, out error));
        }

        /// <summary>Display values in place of the stored ones.</summary>
        public Query DisplayValue()
        {
            return With((QueryHandle query, out IntPtr error) =>
                Library.snow_query_display_value(query, 1, out error));
        }

        private Query With(Step step)
        {
            steps.Add(step);
            return this;
        }

        /// <summary>The query as libsnow has it, to be disposed of; null is none.</summary>
        internal static QueryHandle Made(Query query)
        {
            if (query == null) return new QueryHandle();
            QueryHandle made = Library.Call((out IntPtr error) =>
                Library.snow_query_parse(Library.Utf8(query.encoded), out error));
            try
            {
                foreach (Step step in query.steps)
                    Library.Call((out IntPtr error) => step(made, out error));
                return made;
            }
            catch
            {
                made.Dispose();
                throw;
            }
        }
    }

    /// <summary>One instance, for any number of threads. Dispose of it in the end.</summary>
    public sealed class Client : IDisposable
    {
        private readonly ClientHandle handle;
        /// <summary>A call of another thread may still run the one before: they live as long as the client.</summary>
        private readonly List<Delegate> callbacks = new List<Delegate>();

        private Client(ClientHandle handle)
        {
            this.handle = handle;
        }

        public static Client Basic(string instance, string user, string password)
        {
            return new Client(Library.Call((out IntPtr error) => Library.snow_client_new_basic(
                Library.Utf8(instance), Library.Utf8(user), Library.Utf8(password), out error)));
        }

        /// <param name="token">One from before, as the token callback was given it; null where there is none: Login
        /// then.</param>
        public static Client OAuth(string instance, string clientId, string clientSecret, string token = null)
        {
            using (TokenHandle stored = Stored(token))
                return new Client(Library.Call((out IntPtr error) => Library.snow_client_new_oauth(
                    Library.Utf8(instance), Library.Utf8(clientId), Library.Utf8(clientSecret), stored, out error)));
        }

        /// <summary>Has each new token told, as JSON, on the thread whose call needed it and before that call goes on.
        /// What it throws comes out of that call.</summary>
        public void OnToken(Action<string> told)
        {
            Library.TokenCallback callback = (userData, token) =>
            {
                try
                {
                    told(Library.Text(Library.snow_token_json(token, IntPtr.Zero)));
                    return Library.Handled;
                }
                catch (Exception thrown)
                {
                    Library.Thrown = thrown;
                    return 0;
                }
            };
            lock (callbacks) callbacks.Add(callback);
            Library.Call((out IntPtr error) =>
                Library.snow_set_token_callback(handle, callback, IntPtr.Zero, IntPtr.Zero, out error));
        }

        public void Login(string user, string password)
        {
            Library.Call((out IntPtr error) =>
                Library.snow_client_login(handle, Library.Utf8(user), Library.Utf8(password), out error));
            GC.KeepAlive(this);
        }

        /// <summary>The token that is in use, as JSON.</summary>
        public string Token
        {
            get
            {
                using (TokenHandle token = Library.Call((out IntPtr error) =>
                    Library.snow_client_token(handle, out error)))
                    return Library.Text(Library.snow_token_json(token, IntPtr.Zero));
            }
            set
            {
                using (TokenHandle token = Stored(value))
                    Library.Call((out IntPtr error) => Library.snow_client_set_token(handle, token, out error));
            }
        }

        /// <param name="query">Null for all fields.</param>
        public Dictionary<string, string> Get(string table, string sysId, Query query = null)
        {
            using (QueryHandle which = Query.Made(query))
                return Taken((out IntPtr error) => Library.snow_table_get(
                    handle, Library.Utf8(table), Library.Utf8(sysId), which, out error));
        }

        /// <summary>The rows of a table as they come. Each enumeration asks the instance anew.</summary>
        public IEnumerable<Dictionary<string, string>> List(string table, Query query = null)
        {
            CursorHandle cursor;
            using (QueryHandle which = Query.Made(query))
                cursor = Library.Call((out IntPtr error) =>
                    Library.snow_table_list(handle, Library.Utf8(table), which, out error));
            using (cursor)
            {
                Dictionary<string, string> row;
                while ((row = Next(cursor)) != null) yield return row;
            }
        }

        private Dictionary<string, string> Next(CursorHandle cursor)
        {
            IntPtr row = IntPtr.Zero;
            int status = Library.Call((out IntPtr error) => Library.snow_cursor_next(cursor, out row, out error));
            GC.KeepAlive(this);
            return status == Library.Done ? null : Fields(row);
        }

        public Dictionary<string, string> Create(string table, IDictionary<string, string> fields)
        {
            using (RecordHandle record = Record(fields))
                return Taken((out IntPtr error) =>
                    Library.snow_table_create(handle, Library.Utf8(table), record, IntPtr.Zero, out error));
        }

        public Dictionary<string, string> Update(string table, string sysId, IDictionary<string, string> fields)
        {
            using (RecordHandle record = Record(fields))
                return Taken((out IntPtr error) => Library.snow_table_update(
                    handle, Library.Utf8(table), Library.Utf8(sysId), record, IntPtr.Zero, out error));
        }

        public void Delete(string table, string sysId)
        {
            Library.Call((out IntPtr error) => Library.snow_table_delete(
                handle, Library.Utf8(table), Library.Utf8(sysId), IntPtr.Zero, out error));
            GC.KeepAlive(this);
        }

        /// <summary>Frees the client once the calls of other threads have ended. It does not wait for them.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private static TokenHandle Stored(string token)
        {
            return token == null ? new TokenHandle() : Library.Call((out IntPtr error) =>
                Library.snow_token_from_json(Library.Utf8(token), out error));
        }

        private static RecordHandle Record(IDictionary<string, string> fields)
        {
            RecordHandle record = Library.Call((out IntPtr error) => Library.snow_record_new(out error));
            foreach (var field in fields)
                Library.Call((out IntPtr error) => Library.snow_record_set(
                    record, Library.Utf8(field.Key), Library.Utf8(field.Value), out error));
            return record;
        }

        private Dictionary<string, string> Taken(Library.Function<RecordHandle> function)
        {
            using (RecordHandle record = Library.Call(function))
            {
                GC.KeepAlive(this);
                return Fields(record.DangerousGetHandle());
            }
        }

        private static Dictionary<string, string> Fields(IntPtr record)
        {
            var fields = new Dictionary<string, string>();
            ulong count = Library.snow_record_field_count(record).ToUInt64();
            for (ulong index = 0; index < count; index++)
            {
                IntPtr name = Library.snow_record_field_name(record, new UIntPtr(index));
                fields[Library.Text(name)] = Library.Text(Library.snow_record_get(record, name, IntPtr.Zero));
            }
            return fields;
        }
    }
}
