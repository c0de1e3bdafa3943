import Foundation
import TestSupport
import Testing

/// The program as a file: what root runs must not be led to load or overwrite anything of others.
///
/// That of these tests, and the one of the packages where `scripts/package` has made it.
@Suite struct ProgramFileTests {
    private static let release = Command.root.appending(path: ".build/package/release/halfopen")
    private static let hasRelease = FileManager.default.fileExists(atPath: release.path)
    private static let programs =
        [Command.products.appending(path: "halfopen")] + (hasRelease ? [release] : [])

    @Test(arguments: programs)
    func `No library is looked for beside the program`(_ program: URL) throws {
        let file = try ELFFile(program)
        #expect(file.texts(.runSearchPath) == [])
        // A build without --static-swift-stdlib finds the toolchain by an absolute path.
        for path in file.texts(.runPath).flatMap({ $0.split(separator: ":") }) {
            #expect(path.hasPrefix("/"), "\(program.path): \(path)")
            #expect(!path.hasPrefix(Command.root.path), "\(program.path): \(path)")
        }
        #expect(file.texts(.needed).contains("libmnl.so.0"), "the file was not understood")
    }

    @Test(arguments: programs)
    func `What the loader has written cannot be written again, and nothing written be run`(
        _ program: URL
    ) throws {
        let file = try ELFFile(program)
        #expect(file.segments(.relro).count == 1)
        #expect(file.values(.flags).contains { $0 & 8 != 0 }, "DF_BIND_NOW")
        #expect(file.segments(.stack).map(\.isExecutable) == [false])
        for segment in file.segments(.load) {
            #expect(!(segment.isWritable && segment.isExecutable))
        }
    }

    @Test(arguments: programs)
    func `It is loaded at an address that nobody knows before`(_ program: URL) throws {
        let file = try ELFFile(program)
        #expect(file.type == 3)
        #expect(file.values(.flags1).contains { $0 & 0x0800_0000 != 0 }, "DF_1_PIE")
    }

    /// The objects that a C or C++ target is built to.
    private static func objects(of target: String, in products: URL) throws -> [ELFFile] {
        let folder = products.appending(path: "\(target).build")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.filter { $0.hasSuffix(".o") }.map {
            try ELFFile(folder.appending(path: $0))
        }
    }

    @Test(arguments: programs, ["CLinux", "CJSONStream"])
    func `A buffer that overflows in C or C++ ends the program`(_ program: URL, target: String)
        throws
    {
        let objects = try Self.objects(of: target, in: program.deletingLastPathComponent())
        #expect(objects.contains { $0.imports.contains("__stack_chk_fail") })
    }

    @Test(.enabled(if: hasRelease, "scripts/package has not run"))
    func `In a release the C library checks the lengths that the compiler knows`() throws {
        let folder = Self.release.deletingLastPathComponent()
        let objects = try ["CLinux", "CJSONStream"].flatMap { try Self.objects(of: $0, in: folder) }
        let imports = objects.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
        #expect(imports.contains { $0.hasSuffix("_chk") })
    }

    @Test(
        .enabled(if: hasRelease, "scripts/package has not run"),
        arguments: [Command.root.path, "/usr/include/"]
    )
    func `A release does not say where it was built`(path: String) throws {
        let file = try ELFFile(Self.release)
        for segment in file.segments(.load) {
            let start = Int(segment.offset)
            let part = file.bytes[start..<start + Int(segment.size)]
            #expect(part.firstRange(of: Data(path.utf8)) == nil)
        }
    }

    @Test(.enabled(if: hasRelease, "scripts/package has not run"))
    func `A release needs no library but libmnl and the C library`() throws {
        let needed = try ELFFile(Self.release).texts(.needed)
        let known = ["libmnl.so.", "libm.so.", "libc.so.", "ld-linux"]
        for library in needed {
            #expect(known.contains { library.hasPrefix($0) }, "\(library)")
        }
    }
}
