import Glibc
import LinuxSystem

/// Visits processes in a copy of this one, which is given up where a process does not let go of it.
///
/// What a process shows may wait for what its Pod has mounted: its root folder may lie on a FUSE or
/// NFS file system that does not answer, and so may the memory that holds its command line. Nothing
/// that waits there has a time limit, and not even SIGKILL always ends it.
package final class ProcessVisits {
    /// How long a visit may take.
    package struct Patience: Sendable {
        /// The first one that hangs, in milliseconds.
        package var first: Int32 = 2000
        /// Each after that.
        package var later: Int32 = 500
        /// How many may hang before the rest is not visited.
        package var most = 16

        /// The patience of the program.
        package init() {}
    }

    /// The result of visits.
    struct Outcome {
        /// The processes whose visits did not end, in their order.
        var unanswered: [Int32] = []
        /// How many were not visited after that.
        var left = 0
    }

    /// A copy that nothing could end.
    private struct Stuck {
        let copy: ChildProcess
        /// Whether the visit had told something before.
        let hasTold: Bool
    }

    private let patience: Patience
    /// By the processes that they are stuck at.
    private var stuck: [Int32: Stuck] = [:]

    /// No visits yet.
    package init(_ patience: Patience = Patience()) {
        self.patience = patience
    }

    /// Whether an earlier visit to a process hangs still: another would hang as well, and be a
    /// process more that nothing can end.
    func isStuck(at pid: Int32) -> Bool { stuck[pid] != nil }

    /// Visits processes one after the other; one at which an earlier visit hangs, and had told
    /// nothing before, does not answer again.
    ///
    /// - Parameters:
    ///   - pids: Their numbers.
    ///   - take: Called here for each list of words that a visit tells, in their order.
    ///   - visit: Called in the copy: a process, and what to call with words to tell, none of which
    ///     holds a zero byte. Returns whether to go on to the next process.
    func run(
        _ pids: [Int32],
        take: ([String]) -> Void,
        visit: (Int32, @escaping (_ words: [String]) -> Void) -> Bool
    ) -> Outcome {
        stuck = stuck.filter { !$0.value.copy.wait(atMost: 0) }
        var outcome = Outcome()
        outcome.unanswered = pids.filter { stuck[$0]?.hasTold == false }
        var rest = pids.filter { stuck[$0]?.hasTold != false }[...]
        var hung = 0
        while !rest.isEmpty {
            let done: Int
            do throws(Errno) {
                done = try round(rest, hung == 0 ? patience.first : patience.later, take, visit)
            } catch {
                // Where there can be no other process, it is done without a time limit.
                visitHere(rest, take, visit)
                break
            }
            rest = rest.dropFirst(done)
            guard let pid = rest.popFirst() else { break }
            outcome.unanswered.append(pid)
            hung += 1
            if hung == patience.most {
                outcome.left = rest.count
                break
            }
        }
        return outcome
    }

    private func visitHere(
        _ pids: ArraySlice<Int32>,
        _ take: ([String]) -> Void,
        _ visit: (Int32, @escaping ([String]) -> Void) -> Bool
    ) {
        for pid in pids {
            var told: [[String]] = []
            let goesOn = visit(pid) { told.append($0) }
            told.forEach(take)
            if !goesOn { break }
        }
    }

    /// Visits processes up to one that does not answer; how many answered.
    private func round(
        _ pids: ArraySlice<Int32>,
        _ milliseconds: Int32,
        _ take: ([String]) -> Void,
        _ visit: (Int32, @escaping ([String]) -> Void) -> Bool
    ) throws(Errno) -> Int {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .current }
        let reader = FileDescriptor(owning: ends[0])
        let writer = FileDescriptor(owning: ends[1])
        let progress = try SharedNumber()
        let copy = try ChildProcess {
            Self.visitAll(pids, over: writer.number, progress, visit)
        }
        // Its end is the copy's alone.
        _ = consume writer
        var lists = Lists(reader)
        var answered: UInt32 = 0
        while !lists.hasEnded {
            let isReady = try lists.take(waiting: milliseconds, take)
            let now = progress.value
            if !isReady, now == answered { break }
            answered = now
        }
        // One that has ended is only waited for: it must not be left as a zombie.
        copy.kill()
        let isEnding = Int(progress.value) == pids.count
        let hasEnded = copy.wait(atMost: isEnding ? 2000 : 100)
        // It may have been slow, and not have hung.
        while !lists.hasEnded, try lists.take(waiting: 0, take) {}
        let count = min(Int(progress.value), pids.count)
        if !hasEnded, let pid = pids.dropFirst(count).first {
            stuck[pid] = Stuck(copy: copy, hasTold: lists.last == "\(count)")
        }
        return count
    }

    /// What a copy tells: lists of words, each after the number of the visit.
    private struct Lists: ~Copyable {
        private let pipe: FileDescriptor
        private var stream = WordStream()
        private var chunk = [UInt8](repeating: 0, count: 16_384)
        /// Whether nothing more will come.
        private(set) var hasEnded = false
        /// The number of the visit that has told something last.
        private(set) var last: String?

        init(_ pipe: consuming FileDescriptor) {
            self.pipe = pipe
        }

        /// Takes what comes within a time; whether anything did, or the end.
        mutating func take(
            waiting milliseconds: Int32,
            _ take: ([String]) -> Void
        ) throws(Errno) -> Bool {
            guard try pipe.wait(for: POLLIN, milliseconds: milliseconds) else { return false }
            let count = try pipe.read(into: &chunk)
            hasEnded = count == 0
            stream.feed(chunk[..<count])
            while let words = stream.next() {
                last = words.first
                take(Array(words.dropFirst()))
            }
            return true
        }
    }

    /// What the copy does; it shows how many visits have ended, and tells in which one it is.
    private static func visitAll(
        _ pids: ArraySlice<Int32>,
        over pipe: Int32,
        _ progress: borrowing SharedNumber,
        _ visit: (Int32, @escaping ([String]) -> Void) -> Bool
    ) -> Never {
        ChildProcess.ignoreSignals()
        // Whoever waits for the end of a report, or of a namespace, must not wait for this process.
        closeDescriptors(but: pipe)
        for (number, pid) in pids.enumerated() {
            let goesOn = visit(pid) { words in
                let bytes = WordStream.bytes(of: ["\(number)"] + words)
                let isTaken = (try? FileDescriptor(lending: pipe).write(bytes.span)) != nil
                if !isTaken { _exit(1) }
            }
            if !goesOn { break }
            progress.value += 1
        }
        progress.value = UInt32(pids.count)
        _exit(0)
    }
}

/// Lists of words as a stream of bytes: the length of a list, then each word with a zero byte after it.
struct WordStream {
    private var bytes: [UInt8] = []

    /// A list as bytes.
    static func bytes(of words: [String]) -> [UInt8] {
        var payload: [UInt8] = []
        for word in words {
            payload += word.utf8
            payload.append(0)
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) } + payload
    }

    /// Takes in the next bytes.
    mutating func feed(_ chunk: ArraySlice<UInt8>) { bytes += chunk }

    /// The next list that is whole.
    mutating func next() -> [String]? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 4 + length else { return nil }
        defer { bytes.removeFirst(4 + length) }
        return bytes[4..<4 + length].split(separator: 0, omittingEmptySubsequences: false)
            .dropLast().map { String(decoding: $0, as: UTF8.self) }
    }
}
