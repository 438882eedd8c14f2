package snow;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Map;

/** Finds the library, whose functions {@link Functions} declares. */
interface Library extends Functions {
    Library SNOW = load(System.getenv().getOrDefault("SNOW_LIBRARY", "libsnow.so.0"));

    private static Library load(String path) {
        Library library;
        try {
            library = Native.load(path, Library.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));
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

    interface TokenCallback extends Callback {
        int told(Pointer userData, Pointer token);
    }
}
