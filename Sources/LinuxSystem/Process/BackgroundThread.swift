import Glibc

/// Runs a function on a thread of its own, which gets no signals and ends with the process.
///
/// The corresponding C functions are `pthread_create`, `pthread_sigmask` and `pthread_detach`.
package func startThread(_ body: @escaping @Sendable () -> Void) throws(Errno) {
    let work = unsafe Unmanaged.passRetained(Work(body))
    var (all, before) = (sigset_t(), sigset_t())
    // A thread begins with the mask of the one that starts it.
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let code = unsafe pthread_create(
        &thread,
        nil,
        { context in
            // What was retained for this thread alone.
            if let context = unsafe context {
                unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
            }
            return nil
        },
        work.toOpaque()
    )
    guard code == 0 else {
        unsafe work.release()
        throw Errno(code: code)
    }
    pthread_detach(thread)
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
