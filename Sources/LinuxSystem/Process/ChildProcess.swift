import CLinux
import Glibc

/// A copy of this process that goes its own way, and is waited for by whoever made it.
package struct ChildProcess: Hashable, Sendable {
    /// Its number.
    package let pid: Int32

    /// Makes the copy, while this process has one thread.
    ///
    /// The corresponding C function is `fork`.
    ///
    /// - Parameter body: What the copy does; it ends with this.
    package init(_ body: () -> Never) throws(Errno) {
        let pid = halfopen_fork()
        guard pid >= 0 else { throw .current }
        if pid == 0 { body() }
        self.pid = pid
    }

    /// Ends it, whatever it does; the kernel may keep it until a file system has answered.
    ///
    /// The corresponding C function is `kill`.
    package func kill() { _ = Glibc.kill(pid, SIGKILL) }

    /// Waits for its end, so that it leaves no zombie.
    ///
    /// The corresponding C function is `waitpid`.
    ///
    /// - Parameter milliseconds: At most how long; 0 only looks.
    /// - Returns: Whether it has ended.
    package func wait(atMost milliseconds: UInt32) -> Bool {
        var (waited, pause) = (0 as UInt32, 50 as UInt32)
        while true {
            let result = waitpid(pid, nil, WNOHANG)
            let failure = Errno.current
            // Somebody else has waited for it, if there is none.
            if result == pid || (result < 0 && failure.code == ECHILD) { return true }
            guard waited < milliseconds * 1000 else { return false }
            usleep(pause)
            waited += pause
            pause = min(pause * 2, 10_000)
        }
    }

    /// Makes this process one that ends only by itself: whoever ends the program's process group
    /// ends the other process, and that is when this one has to go.
    ///
    /// The corresponding C function is `signal`.
    package static func ignoreSignals() {
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE] {
            _ = signal(number, SIG_IGN)
        }
    }

    /// What `ps` calls this process from now on, at most 15 bytes of it.
    ///
    /// The corresponding C function is `prctl`.
    package static func setName(_ name: String) { unsafe halfopen_set_name(name) }
}
