import Glibc
import LinuxSystem

/// Why a proxy of this machine may not have been found, or not all of it is known.
package enum DiscoveryError: Error, Hashable, Sendable {
    /// The processes could not be listed.
    case cannotListProcesses(Errno)
    /// `/proc` does not even show process 1.
    case processesAreHidden
    /// `/proc` shows the processes of one container or Pod, not the machine's.
    case seesOnlyOwnContainer
    /// Command lines could not be read: of how many processes, and of the first, why not.
    case cannotReadCommands(count: Int, pid: Int32, Errno)
    /// What a proxy was started with could not be read, so that its Pod is not known.
    case cannotReadEnvironment(pid: Int32, Errno)
    /// Processes did not show their command lines in time: how many, and the first.
    case noAnswer(count: Int, pid: Int32)
    /// The labels of a proxy's Pod could not be read in time.
    case labelsDoNotAnswer(pid: Int32)
    /// So many processes did not answer that others were not looked at: how many.
    case givenUp(left: Int)
}

extension DiscoveryError: CustomStringConvertible {
    /// Operation, object, cause and what to do, as one line without the program's name.
    package var description: String {
        switch self {
        case .cannotListProcesses(let error):
            "cannot list the processes of this node in '/proc': \(error); mount /proc"
        case .processesAreHidden:
            "cannot see the processes of this node: '/proc' hides the processes of other users"
                + " (hidepid): run as root with CAP_SYS_PTRACE"
        case .seesOnlyOwnContainer:
            "cannot see the processes of this node: '/proc' shows neither the kernel's threads"
                + " nor a kubelet, as in a container with its own PID namespace; set hostPID: true"
                + " (docker run --pid=host)"
        case .cannotReadCommands(let count, let pid, let error):
            "cannot read the command line of process \(pid)"
                + (count > 1 ? " and \(count - 1) more" : "") + ": \(error); run as root"
        case .cannotReadEnvironment(let pid, let error):
            "cannot read the environment of process \(pid), so the Pod of this proxy is unknown:"
                + " \(error); "
                + ([EACCES, EPERM].contains(error.code)
                    ? "reading another user's process needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
                    : "run again")
        case .noAnswer(let count, let pid):
            "cannot look into process \(pid)" + (count > 1 ? " and \(count - 1) more" : "")
                + ": no answer, as where its memory lies on a file system that hangs, so a proxy may"
                + " be missing; end that process"
        case .labelsDoNotAnswer(let pid):
            "cannot read the labels of the Pod of process \(pid): no answer from the file system"
                + " that its etc/istio/pod is on; unmount it, or end that process"
        case .givenUp(let left):
            "cannot look into \(left) more processes: too many others did not answer; end those"
        }
    }
}
