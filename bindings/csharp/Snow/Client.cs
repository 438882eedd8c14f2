using System;
using System.Collections.Generic;
using static Snow.Library;

namespace Snow
{
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
            return new Client(Library.Call((out IntPtr error) =>
                snow_client_new_basic(instance, user, password, out error)));
        }

        /// <param name="token">One from before, as the token callback was given it; null where there is none: Login
        /// then.</param>
        public static Client OAuth(string instance, string clientId, string clientSecret, string token = null)
        {
            using (TokenHandle stored = Stored(token))
                return new Client(Library.Call((out IntPtr error) =>
                    snow_client_new_oauth(instance, clientId, clientSecret, stored, out error)));
        }

        /// <summary>Has each new token told, as JSON, on the thread whose call needed it and before that call goes on.
        /// What it throws comes out of that call.</summary>
        public void OnToken(Action<string> told)
        {
            snow_token_fn callback = Callback(told);
            lock (callbacks) callbacks.Add(callback);
            Call((out IntPtr error) => snow_set_token_callback(handle, callback, IntPtr.Zero, null, out error));
        }

        public void Login(string user, string password)
        {
            Call((out IntPtr error) => snow_client_login(handle, user, password, out error));
        }

        /// <summary>The token that is in use, as JSON.</summary>
        public string Token
        {
            get
            {
                using (TokenHandle token = Call((out IntPtr error) => snow_client_token(handle, out error)))
                    return Text(snow_token_json(token, IntPtr.Zero));
            }
            set
            {
                using (TokenHandle token = Stored(value))
                    Call((out IntPtr error) => snow_client_set_token(handle, token, out error));
            }
        }

        /// <param name="query">Null for all fields.</param>
        public Dictionary<string, string> Get(string table, string sysId, Query query = null)
        {
            using (QueryHandle which = Query.Made(query))
            using (RecordHandle record = Call((out IntPtr error) =>
                snow_table_get(handle, table, sysId, which, out error)))
                return Fields(record);
        }

        /// <summary>The rows of a table as they come. Each enumeration asks the instance anew.</summary>
        public IEnumerable<Dictionary<string, string>> List(string table, Query query = null)
        {
            CursorHandle cursor;
            using (QueryHandle which = Query.Made(query))
                cursor = Call((out IntPtr error) => snow_table_list(handle, table, which, out error));
            using (cursor)
            {
                Dictionary<string, string> row;
                while ((row = Next(cursor)) != null) yield return row;
            }
        }

        private Dictionary<string, string> Next(CursorHandle cursor)
        {
            IntPtr row = IntPtr.Zero;
            int status = Call((out IntPtr error) => snow_cursor_next(cursor, out row, out error));
            return status == SNOW_DONE ? null : Fields(new RecordHandle(row));
        }

        public Dictionary<string, string> Create(string table, IDictionary<string, string> fields)
        {
            using (RecordHandle sent = Sent(fields))
            using (RecordHandle made = Call((out IntPtr error) =>
                snow_table_create(handle, table, sent, new QueryHandle(), out error)))
                return Fields(made);
        }

        public Dictionary<string, string> Update(string table, string sysId, IDictionary<string, string> fields)
        {
            using (RecordHandle sent = Sent(fields))
            using (RecordHandle made = Call((out IntPtr error) =>
                snow_table_update(handle, table, sysId, sent, new QueryHandle(), out error)))
                return Fields(made);
        }

        public void Delete(string table, string sysId)
        {
            Call((out IntPtr error) => snow_table_delete(handle, table, sysId, new QueryHandle(), out error));
        }

        /// <summary>Frees the client once the calls of other threads have ended. It does not wait for them.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// <summary>A call, during which this object and with it the callbacks live.</summary>
        private T Call<T>(Function<T> function)
        {
            T result = Library.Call(function);
            GC.KeepAlive(this);
            return result;
        }

        private static TokenHandle Stored(string token)
        {
            if (token == null) return new TokenHandle();
            return Library.Call((out IntPtr error) => snow_token_from_json(token, out error));
        }

        private static RecordHandle Sent(IDictionary<string, string> fields)
        {
            RecordHandle record = Library.Call((out IntPtr error) => snow_record_new(out error));
            foreach (var field in fields)
                Library.Call((out IntPtr error) => snow_record_set(record, field.Key, field.Value, out error));
            return record;
        }

        private static Dictionary<string, string> Fields(RecordHandle record)
        {
            var fields = new Dictionary<string, string>();
            ulong count = snow_record_field_count(record).ToUInt64();
            for (ulong index = 0; index < count; index++)
            {
                string name = Text(snow_record_field_name(record, new UIntPtr(index)));
                // With display values a reference comes without the key.
                fields[name] = Text(snow_record_get(record, name, IntPtr.Zero)) ?? Text(snow_record_display(record, name, IntPtr.Zero));
            }
            return fields;
        }
    }
}
