import LinuxSystem
import Model
import Reporting

/// What remembers the scans of one process, from one to the next.
final class ScanMemory {
    fileprivate var history: SocketHistory?
}

/// The state file during a run, or what is remembered without one.
///
/// What goes wrong with it never stops the scan.
struct HistorySession: ~Copyable {
    /// What earlier runs remember; `nil` where it is unknown.
    ///
    /// It is taken from here for the run, and so has one owner: it is large, and never copied.
    var history: SocketHistory?
    /// What the user must know: one sentence each.
    private(set) var warnings: [String] = []
    /// Whether the clock was set since the run that is remembered.
    private(set) var clockWasSet = false
    /// Whether what earlier runs remembered was lost; a first run and a reboot lose nothing.
    private(set) var wasLost = false
    /// Why the run will not be remembered, if it will not.
    private(set) var failure: String?
    private let path: String
    private let companion: Companion?
    private let memory: ScanMemory?
    private var isLocked = false

    /// Locks and reads a state file.
    ///
    /// - Parameters:
    ///   - path: The state file.
    ///   - skew: By how much the clock may have been set since it was begun.
    ///   - companion: Who locks, opens and replaces it.
    init(_ path: String, skew: TimeSpan, _ companion: Companion) {
        self.path = path
        self.companion = companion
        memory = nil
        guard let epoch = currentEpoch() else {
            fail("cannot keep history in '\(path)': /proc has no boot ID")
            return
        }
        do throws(StateFileError) {
            try companion.lockState()
            isLocked = true
        } catch {
            fail(error.description)
        }
        do throws(StateFileError) {
            history = try read(now: epoch, skew: skew)
        } catch {
            // Not locked either, in a folder that is not there: once is enough.
            if failure == nil { fail(error.description) }
            unlock()
        }
        history?.beginRun()
    }

    /// Goes on with what the scans of this process remember.
    ///
    /// - Parameters:
    ///   - memory: What they remember.
    ///   - skew: By how much the clock may have been set since.
    init(_ memory: ScanMemory, skew: TimeSpan) {
        (path, self.memory, companion) = ("", memory, nil)
        guard let epoch = currentEpoch() else { return }
        history = memory.history.take()
        if history.map({ !epoch.continues($0.epoch, skew: skew) }) == true {
            clockWasSet = true
            history = nil
        }
        if history == nil { history = SocketHistory(epoch: epoch) }
        history?.beginRun()
    }

    deinit {
        if isLocked { companion?.unlockState() }
    }

    private mutating func unlock() {
        if isLocked { companion?.unlockState() }
        isLocked = false
    }

    private mutating func read(
        now epoch: ClockEpoch,
        skew: TimeSpan
    ) throws(StateFileError) -> SocketHistory {
        switch try contents() {
        case .absent: break
        case .history(let history):
            if epoch.continues(history.epoch, skew: skew) { return history }
            if history.epoch.bootID == epoch.bootID {
                clockWasSet = true
                warnings.append(
                    "state file '\(path)': the clock was set since the last run, so its times"
                        + " cannot be used; history starts over"
                )
            }
        case .unusable(let fault):
            let name = isLocked ? try companion?.setStateAside(fault) : nil
            warnings.append(
                "state file '\(path)' \(fault.meaning)"
                    + (name.map { ": it was renamed to '\($0)', and history starts over" } ?? "")
            )
            let history = begin(epoch)
            // Known to the next run, too, if this one does not come to its end.
            try write(history)
            return history
        }
        return clockWasSet ? begin(epoch) : SocketHistory(epoch: epoch)
    }

    private func contents() throws(StateFileError) -> StateFile.Contents {
        guard let file = try companion?.openState() else { return .absent }
        return try StateFile.contents(of: file, path: path)
    }

    /// Replaces the file, if it is locked.
    private func write(_ history: SocketHistory) throws(StateFileError) {
        guard isLocked, let companion else { return }
        let words = history.words
        do throws(FileError) { try companion.replace(.state, with: words.span) } catch {
            throw .file(error)
        }
    }

    /// A history in the place of one that was lost.
    private mutating func begin(_ epoch: ClockEpoch) -> SocketHistory {
        var history = SocketHistory(epoch: epoch)
        (history.lostAt, wasLost) = (systemTime(), true)
        return history
    }

    /// Writes what is remembered at the end of the run.
    mutating func keep(_ history: consuming SocketHistory) {
        if let memory { return memory.history = consume history }
        do throws(StateFileError) {
            try write(history)
        } catch {
            fail(error.description)
        }
    }

    private mutating func fail(_ message: String) {
        warnings.append(message)
        failure = message
    }
}

extension HistoryFault {
    fileprivate var meaning: String {
        switch self {
        case .foreign: "is not a halfopen history"
        case .newer: "was written by a newer version of this program"
        case .damaged: "is damaged"
        }
    }
}

/// This boot and what its clock is set to; `nil` without /proc.
private func currentEpoch() -> ClockEpoch? {
    kernelFact("random/boot_id").map {
        ClockEpoch(bootID: $0, bootedAt: systemTime() - timeSinceBoot())
    }
}
