import Glibc
import LinuxSystem
import Testing

@Suite struct ErrnoTests {
    @Test(arguments: [
        (ENOENT, "ENOENT (No such file or directory)"),
        (EPERM, "EPERM (Operation not permitted)"),
        (ENOBUFS, "ENOBUFS (No buffer space available)"),
        (4711, "errno 4711 (unknown error)"),
        (-1, "errno -1 (unknown error)"),
    ])
    func `An error is described by its name and its meaning`(code: Int32, description: String) {
        #expect(Errno(code: code).description == description)
    }

    @Test func `The current error is that of the call that just failed`() {
        let failed = close(-1) == 0 ? nil : Errno.current
        #expect(failed == Errno(code: EBADF))
    }
}
