import Glibc
import LinuxSystem
import Model
import Reporting
import Synchronization

/// The signals that a watch lives by: SIGTERM and SIGINT end it, SIGHUP makes it read all again.
///
/// A handler may do next to nothing (signal-safety(7)): it sets a flag, and writes into a pipe so
/// that whoever waits wakes up. There is one inbox in a process, as there is one set of handlers.
struct SignalInbox {
    private let reader: Int32

    /// Takes the signals over, also where they come blocked or ignored.
    ///
    /// The corresponding C functions are `pipe`, `signal` and `sigprocmask`.
    init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .current }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // Neither may a handler wait for room, nor the inbox for signals that are not there.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        reader = ends[0]
        wakeUp.store(ends[1], ordering: .relaxed)
        for number in [SIGTERM, SIGINT] {
            _ = signal(number) { _ in
                mustEnd.store(true, ordering: .relaxed)
                // A pipe without a reader, and the like, must not hold the watch up for long.
                var patience = itimerval()
                patience.it_value.tv_usec = 700_000
                _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &patience, nil)
                wake()
            }
        }
        _ = signal(SIGHUP) { _ in
            mustReload.store(true, ordering: .relaxed)
            wake()
        }
        _ = signal(SIGALRM) { _ in _exit(ExitStatus.clear.rawValue) }
        var numbers = sigset_t()
        unsafe sigemptyset(&numbers)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGALRM] { unsafe sigaddset(&numbers, number) }
        _ = unsafe sigprocmask(SIG_UNBLOCK, &numbers, nil)
    }

    /// Whether the watch was told to end.
    var isToEnd: Bool { mustEnd.load(ordering: .relaxed) }

    /// Whether it was told to read all again since this was asked last.
    func takeReload() -> Bool { mustReload.exchange(false, ordering: .relaxed) }

    /// Whether a signal came that was not dealt with yet.
    var hasNews: Bool { isToEnd || mustReload.load(ordering: .relaxed) }

    /// Waits until the time is over, a signal comes, or nobody can read standard output any more.
    ///
    /// The corresponding C function is `poll`, which a handler interrupts.
    ///
    /// - Returns: Whether standard output can still be read.
    func wait(_ time: TimeSpan) -> Bool {
        var requests = [
            pollfd(fd: reader, events: Int16(POLLIN), revents: 0),
            pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        ]
        let limit = Int32(clamping: max(0, time.milliseconds))
        guard unsafe poll(&requests, nfds_t(requests.count), limit) > 0 else { return true }
        if requests[0].revents != 0 {
            var bytes: (UInt64, UInt64) = (0, 0)
            // At most the size of the variable is written; what is left wakes again.
            _ = unsafe withUnsafeMutableBytes(of: &bytes) {
                unsafe read(reader, $0.baseAddress, $0.count)
            }
        }
        return requests[1].revents & Int16(POLLERR | POLLHUP) == 0
    }
}

// What handlers touch: nothing else is shared with them.
private let mustEnd = Atomic<Bool>(false)
private let mustReload = Atomic<Bool>(false)
private let wakeUp = Atomic<Int32>(-1)

/// Wakes the one who waits; called by handlers.
private func wake() {
    let before = errno
    var byte: UInt8 = 0
    // A full pipe wakes as well.
    _ = unsafe write(wakeUp.load(ordering: .relaxed), &byte, 1)
    errno = before
}
