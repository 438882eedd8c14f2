using System;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Snow
{
    /// <summary>Finds the library and calls its functions, which Functions.cs declares.</summary>
    internal static partial class Library
    {
        private const string Name = "libsnow.so.0";

        /// <summary>What a callback threw on this thread, inside the call that is under way there.</summary>
        [ThreadStatic] private static Exception thrown;

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
            if (dlopen(path, 2) == IntPtr.Zero)
                throw new DllNotFoundException("libsnow was not found as " + path + ": install it where the loader of "
                    + "the system looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path ("
                    + Text(dlerror()) + ")");
            return path;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void CheckVersion(string path)
        {
            uint abi = snow_abi_version();
            if (abi != SNOW_ABI_VERSION)
                throw new DllNotFoundException(path + " has the binary interface " + abi + ", and these classes are for "
                    + SNOW_ABI_VERSION + ": take both from the same version of libsnow");
        }

        internal delegate T Function<T>(out IntPtr error);

        /// <summary>A call whose error is thrown; or what a callback threw meanwhile, or why a text was refused.
        /// </summary>
        internal static T Call<T>(Function<T> function)
        {
            Exception before = thrown;
            ArgumentException refusedBefore = Utf8.Refused;
            thrown = null;
            Utf8.Refused = null;
            try
            {
                T result = function(out IntPtr error);
                if (error == IntPtr.Zero) return result;
                var reason = new SnowException(error);
                if (Utf8.Refused != null) throw Refused(reason);
                if (thrown != null && reason.Status == SNOW_CALLBACK_FAILED)
                    ExceptionDispatchInfo.Capture(thrown).Throw();
                throw reason;
            }
            finally
            {
                thrown = before;
                Utf8.Refused = refusedBefore;
            }
        }

        /// <summary>Why a text was refused, by the name that libsnow has for its argument.</summary>
        private static ArgumentException Refused(SnowException reason)
        {
            if (reason.Status != SNOW_INVALID_UTF8) return Utf8.Refused;
            string argument = reason.Message.Split(':')[0];
            return new ArgumentException(argument + ": " + Utf8.Refused.Message, Utf8.Refused);
        }

        /// <summary>Tells a token to a program. An exception must not pass the frames of the library.</summary>
        internal static snow_token_fn Callback(Action<string> told)
        {
            return (userData, token) =>
            {
                try
                {
                    told(Text(snow_token_json(new TokenHandle(token), IntPtr.Zero)));
                    return SNOW_HANDLED;
                }
                catch (Exception reason)
                {
                    // What Thread.Abort throws would go on at the end of this block.
                    if (reason is ThreadAbortException) Thread.ResetAbort();
                    thrown = reason;
                    return 0;
                }
            };
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

        [DllImport("libdl.so.2")] private static extern IntPtr dlopen(string path, int flags);
        [DllImport("libdl.so.2")] private static extern IntPtr dlerror();
    }

    /// <summary>Texts as C takes them. One that would arrive as another is refused: C ends it at a NUL, and half a
    /// pair of surrogates is nothing in UTF-8.</summary>
    internal sealed class Utf8 : ICustomMarshaler
    {
        private static readonly Utf8 Instance = new Utf8();
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>Why a text of the call that is under way on this thread was refused. Mono would never free the
        /// handles of a call that ended here, so it goes on to libsnow, which takes nothing that is no UTF-8.</summary>
        [ThreadStatic] internal static ArgumentException Refused;

        public static ICustomMarshaler GetInstance(string cookie) { return Instance; }

        public IntPtr MarshalManagedToNative(object text)
        {
            if (text == null) return IntPtr.Zero;
            byte[] bytes = Encoding.UTF8.GetBytes((string)text);
            ArgumentException refused = Wrong((string)text);
            if (refused != null)
            {
                Refused = refused;
                bytes[0] = 0xFF;
            }
            IntPtr copy = Marshal.AllocHGlobal(bytes.Length + 1);
            Marshal.Copy(bytes, 0, copy, bytes.Length);
            Marshal.WriteByte(copy, bytes.Length, 0);
            return copy;
        }

        private static ArgumentException Wrong(string text)
        {
            try
            {
                Strict.GetByteCount(text);
            }
            catch (EncoderFallbackException reason)
            {
                return reason;
            }
            return text.IndexOf('\0') < 0 ? null
                : new ArgumentException("a text has a NUL character, where C would end it");
        }

        public object MarshalNativeToManaged(IntPtr text) { return Library.Text(text); }
        public void CleanUpNativeData(IntPtr text) { Marshal.FreeHGlobal(text); }
        public void CleanUpManagedData(object text) { }
        public int GetNativeDataSize() { return -1; }
    }

    /// <summary>A handle, which the runtime frees when no call with it is under way any more; or one that is lent.
    /// </summary>
    internal abstract class Handle : SafeHandle
    {
        protected Handle() : base(IntPtr.Zero, true) { }
        protected Handle(IntPtr lent) : base(IntPtr.Zero, false) { SetHandle(lent); }
        public override bool IsInvalid => handle == IntPtr.Zero;
        protected abstract void Free(IntPtr handle);
        protected override bool ReleaseHandle() { Free(handle); return true; }
    }
}
