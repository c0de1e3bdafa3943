import Discovery
import Glibc
import LinuxSystem

/// The processes that the command line names by their numbers, as they were at the first scan: a
/// number that is given to another process names that one no more.
struct ProcessRegister {
    /// `nil` for a number that no process had.
    private var known: [Int32: ProcessIdentity?] = [:]

    /// Takes in the process that has a number, if the number is new.
    mutating func note(_ pid: Int32) {
        guard known[pid] == nil else { return }
        do throws(Errno) {
            known[pid] = try ProcessIdentity(pid)
        } catch {
            if [ENOENT, ESRCH].contains(error.code) { known[pid] = .some(nil) }
        }
    }

    /// Whether the process that was taken in has the number still.
    func isStill(_ pid: Int32) -> Bool {
        guard let process = known[pid] else { return true }
        return process != nil && process == (try? ProcessIdentity(pid))
    }
}
