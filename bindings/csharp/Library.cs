using System;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Snow
{
    /// <summary>The functions of snow.h. Texts go in as UTF-8 with a NUL.</summary>
    internal static class Library
    {
        private const string Name = "libsnow.so.0";
        private const uint AbiVersion = 0;
        internal const int Done = 410, CallbackFailed = 214, Handled = 1397641047;

        /// <summary>What a callback threw on this thread, inside the call that is under way there.</summary>
        [ThreadStatic] internal static Exception Thrown;

        /// <summary>Loads the library. One that is loaded serves every import of its name, which mono looks for as
        /// soon as it compiles a method that calls it.</summary>
        static Library()
        {
            CheckVersion(Load());
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static string Load()
        {
            string path = Environment.GetEnvironmentVariable("SNOW_LIBRARY");
            if (string.IsNullOrEmpty(path)) path = Name;
            if (dlopen(Utf8(path), 2) == IntPtr.Zero)
                throw new DllNotFoundException("libsnow was not found as " + path + ": install it where the loader of "
                    + "the system looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path ("
                    + Text(dlerror()) + ")");
            return path;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void CheckVersion(string path)
        {
            uint abi = snow_abi_version();
            if (abi != AbiVersion)
                throw new DllNotFoundException(path + " has the binary interface " + abi + ", and these classes are for "
                    + AbiVersion + ": take both from the same version of libsnow");
        }

        internal delegate T Function<T>(out IntPtr error);

        /// <summary>A call whose error is thrown; or what a callback threw meanwhile.</summary>
        internal static T Call<T>(Function<T> function)
        {
            Exception before = Thrown;
            Thrown = null;
            try
            {
                IntPtr error;
                T result = function(out error);
                if (error == IntPtr.Zero) return result;
                var reason = new SnowException(error);
                if (Thrown != null && reason.Status == CallbackFailed) ExceptionDispatchInfo.Capture(Thrown).Throw();
                throw reason;
            }
            finally
            {
                Thrown = before;
            }
        }

        internal static byte[] Utf8(string text)
        {
            return text == null ? null : Encoding.UTF8.GetBytes(text + "\0");
        }

        internal static string Text(IntPtr text)
        {
            if (text == IntPtr.Zero) return null;
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0) length++;
            var bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int TokenCallback(IntPtr userData, IntPtr token);

        [DllImport("libdl.so.2")] private static extern IntPtr dlopen(byte[] path, int flags);
        [DllImport("libdl.so.2")] private static extern IntPtr dlerror();

        [DllImport(Name)] internal static extern uint snow_abi_version();
        [DllImport(Name)] internal static extern IntPtr snow_status_name(int status);
        [DllImport(Name)] internal static extern int snow_error_status(IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_error_message(IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_error_instance_message(IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_error_detail(IntPtr error);
        [DllImport(Name)] internal static extern int snow_error_http_status(IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_error_method(IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_error_path(IntPtr error);
        [DllImport(Name)] internal static extern int snow_error_is_retryable(IntPtr error);
        [DllImport(Name)] internal static extern long snow_error_retry_after_ms(IntPtr error);
        [DllImport(Name)] internal static extern int snow_error_maybe_applied(IntPtr error);
        [DllImport(Name)] internal static extern void snow_error_free(IntPtr error);
        [DllImport(Name)] internal static extern TokenHandle snow_token_from_json(byte[] json, out IntPtr error);
        [DllImport(Name)] internal static extern IntPtr snow_token_json(IntPtr token, IntPtr length);
        [DllImport(Name)] internal static extern IntPtr snow_token_json(TokenHandle token, IntPtr length);
        [DllImport(Name)] internal static extern void snow_token_free(IntPtr token);
        [DllImport(Name)] internal static extern ClientHandle snow_client_new_basic(
            byte[] instance, byte[] user, byte[] password, out IntPtr error);
        [DllImport(Name)] internal static extern ClientHandle snow_client_new_oauth(
            byte[] instance, byte[] clientId, byte[] clientSecret, TokenHandle token, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_set_token_callback(
            ClientHandle client, TokenCallback callback, IntPtr userData, IntPtr destroy, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_client_login(
            ClientHandle client, byte[] user, byte[] password, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_client_set_token(
            ClientHandle client, TokenHandle token, out IntPtr error);
        [DllImport(Name)] internal static extern TokenHandle snow_client_token(ClientHandle client, out IntPtr error);
        [DllImport(Name)] internal static extern void snow_client_free(IntPtr client);
        [DllImport(Name)] internal static extern QueryHandle snow_query_parse(byte[] encoded, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_query_where(
            QueryHandle query, byte[] field, int op, byte[] value, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_query_order_by(
            QueryHandle query, byte[] field, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_query_fields(
            QueryHandle query, byte[] fields, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_query_limit(
            QueryHandle query, ulong rows, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_query_display_value(
            QueryHandle query, int form, out IntPtr error);
        [DllImport(Name)] internal static extern void snow_query_free(IntPtr query);
        [DllImport(Name)] internal static extern RecordHandle snow_record_new(out IntPtr error);
        [DllImport(Name)] internal static extern int snow_record_set(
            RecordHandle record, byte[] field, byte[] value, out IntPtr error);
        [DllImport(Name)] internal static extern UIntPtr snow_record_field_count(IntPtr record);
        [DllImport(Name)] internal static extern IntPtr snow_record_field_name(IntPtr record, UIntPtr index);
        [DllImport(Name)] internal static extern IntPtr snow_record_get(IntPtr record, IntPtr field, IntPtr length);
        [DllImport(Name)] internal static extern void snow_record_free(IntPtr record);
        [DllImport(Name)] internal static extern int snow_cursor_next(
            CursorHandle cursor, out IntPtr row, out IntPtr error);
        [DllImport(Name)] internal static extern void snow_cursor_free(IntPtr cursor);
        [DllImport(Name)] internal static extern RecordHandle snow_table_get(
            ClientHandle client, byte[] table, byte[] sysId, QueryHandle query, out IntPtr error);
        [DllImport(Name)] internal static extern CursorHandle snow_table_list(
            ClientHandle client, byte[] table, QueryHandle query, out IntPtr error);
        [DllImport(Name)] internal static extern RecordHandle snow_table_create(
            ClientHandle client, byte[] table, RecordHandle record, IntPtr query, out IntPtr error);
        [DllImport(Name)] internal static extern RecordHandle snow_table_update(
            ClientHandle client, byte[] table, byte[] sysId, RecordHandle record, IntPtr query, out IntPtr error);
        [DllImport(Name)] internal static extern int snow_table_delete(
            ClientHandle client, byte[] table, byte[] sysId, IntPtr query, out IntPtr error);
    }

    /// <summary>A handle, which the runtime frees when no call with it is under way any more.</summary>
    internal abstract class Handle : SafeHandle
    {
        protected Handle() : base(IntPtr.Zero, true) { }
        public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
        protected abstract void Free(IntPtr handle);
        protected override bool ReleaseHandle() { Free(handle); return true; }
    }

    internal sealed class ClientHandle : Handle
    {
        protected override void Free(IntPtr handle) { Library.snow_client_free(handle); }
    }

    internal sealed class TokenHandle : Handle
    {
        protected override void Free(IntPtr handle) { Library.snow_token_free(handle); }
    }

    internal sealed class QueryHandle : Handle
    {
        protected override void Free(IntPtr handle) { Library.snow_query_free(handle); }
    }

    internal sealed class RecordHandle : Handle
    {
        protected override void Free(IntPtr handle) { Library.snow_record_free(handle); }
    }

    internal sealed class CursorHandle : Handle
    {
        protected override void Free(IntPtr handle) { Library.snow_cursor_free(handle); }
    }
}
