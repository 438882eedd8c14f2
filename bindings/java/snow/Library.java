package snow;

import com.sun.jna.Callback;
import com.sun.jna.DefaultTypeMapper;
import com.sun.jna.MethodParameterContext;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ToNativeContext;
import com.sun.jna.ToNativeConverter;
import com.sun.jna.TypeMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Finds the library, whose functions {@link Functions} declares. */
interface Library extends Functions {
    Library SNOW = load(System.getenv().getOrDefault("SNOW_LIBRARY", ""));

    private static Library load(String named) {
        String path = named.isEmpty() ? "libsnow.so.0" : named;
        Library library;
        try {
            library = Native.load(path, Library.class,
                    Map.of(OPTION_STRING_ENCODING, "UTF-8", OPTION_TYPE_MAPPER, checked()));
        } catch (UnsatisfiedLinkError reason) {
            throw new LinkageError("libsnow was not found as " + path + ": install it where the loader of the system"
                    + " looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path", reason);
        }
        int abi = library.snow_abi_version();
        if (abi != SNOW_ABI_VERSION)
            throw new LinkageError(path + " has the binary interface " + abi + ", and these classes are for "
                    + SNOW_ABI_VERSION + ": take both from the same version of libsnow");
        return library;
    }

    /** Refuses a text that would arrive as another: C ends it at a NUL, and JNA writes half a pair of surrogates as a
     * question mark. */
    private static TypeMapper checked() {
        DefaultTypeMapper mapper = new DefaultTypeMapper();
        mapper.addToNativeConverter(String.class, new ToNativeConverter() {
            @Override
            public Object toNative(Object text, ToNativeContext context) {
                if (text == null) return null;
                if (((String) text).indexOf('\0') >= 0) throw refused(context, "a NUL character, where C would end it");
                if (!StandardCharsets.UTF_8.newEncoder().canEncode((String) text))
                    throw refused(context, "half a pair of surrogates, which is nothing in UTF-8");
                return text;
            }

            private IllegalArgumentException refused(ToNativeContext context, String what) {
                MethodParameterContext parameter = (MethodParameterContext) context;
                return new IllegalArgumentException("argument " + (parameter.getParameterIndex() + 1) + " of "
                        + parameter.getMethod().getName() + "() has " + what);
            }

            @Override
            public Class<?> nativeType() {
                return String.class;
            }
        });
        return mapper;
    }

    interface TokenCallback extends Callback {
        int told(Pointer userData, Pointer token);
    }
}
