import CLinux
import Glibc

/// What is known of how the program was built, and what it runs with.
package enum BuildInfo {
    /// The commit that was built, with `-dirty` if files differed from it; `nil` where the build was
    /// not told, as by `swift build` alone.
    package static var commit: String? {
        let commit = unsafe String(cString: halfopen_commit())
        return commit.isEmpty ? nil : commit
    }

    /// The compiler, as far as a source can tell its version.
    package static var compiler: String {
        // The rest says where that compiler's sources are.
        let clang = unsafe String(cString: halfopen_c_compiler()).prefix { $0 != "(" }
        return "Swift \(swiftVersion), \(clang)"
    }

    /// The version of the C library that runs.
    ///
    /// The corresponding C function is `gnu_get_libc_version`.
    package static var glibcVersion: String { unsafe String(cString: halfopen_c_library_version()) }

    /// The file of the shared library that has a symbol; `nil` where none has.
    ///
    /// The corresponding C functions are `dlsym` and `dladdr`.
    package static func libraryFile(of symbol: String) -> String? {
        guard let path = unsafe halfopen_library_of(symbol) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    private static var swiftVersion: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
