import Foundation
import LinuxSystem
import TestSupport
import Testing

@testable import Discovery

/// Files of a process that are another's to make.
@Suite struct ProcessFolderTests {
    /// The opens of a file that anybody does, counted by inotify(7).
    private struct OpenCount: ~Copyable {
        private let watch = inotify_init1(Int32(IN_NONBLOCK))

        init(of path: String) { inotify_add_watch(watch, path, UInt32(IN_OPEN)) }

        deinit { close(watch) }

        /// The opens since the last time that this was asked.
        borrowing func take() -> Int {
            var events = [UInt8](repeating: 0, count: 4096)
            // A watch of a file has events without a name, of 16 bytes each.
            return max(0, read(watch, &events, events.count)) / 16
        }
    }

    /// What is made in the place of the labels, by arguments of a shell; the kernel's device 1:3 is
    /// `/dev/null`.
    private static let traps = ["mknod labels c 1 3", "mkfifo labels", "mkdir labels"]

    @Test(.enabled(if: geteuid() == 0, "making a device needs root"), arguments: traps)
    func `What a Pod has put in the place of its labels is opened only if it is a regular file`(
        trap: String
    ) throws {
        let folder = try TemporaryFolder()
        let made = try Command(
            "/bin/sh",
            ["-c", "cd \"$1\" && \(trap)", "sh", folder.url.path],
            in: folder
        )
        try #require(made.status == 0, "\(made.errors)")
        // The root of this process is everybody's.
        let process = try ProcessFolder(getpid())
        let path = folder.url.appending(path: "labels").path
        let opens = OpenCount(of: path)
        #expect(throws: Errno(code: EINVAL)) {
            try process.readInRoot(String(path.dropFirst()), atMost: 100)
        }
        #expect(opens.take() == 0)

        let file = folder.url.appending(path: "file")
        try Data("a=\"b\"\n".utf8).write(to: file)
        let fileOpens = OpenCount(of: file.path)
        let bytes = try process.readInRoot(String(file.path.dropFirst()), atMost: 100)
        #expect(String(decoding: bytes, as: UTF8.self) == "a=\"b\"\n")
        #expect(fileOpens.take() == 1, "an open is seen")
    }
}
