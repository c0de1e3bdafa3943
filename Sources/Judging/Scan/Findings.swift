import Model

/// The findings of a scan, each of which is made when it is asked for: a report of every connection
/// of a machine needs as little memory as the judged sockets do.
///
/// A finding that is put into it stays as it is.
package struct Findings: Sendable {
    /// What a finding is made of.
    private enum Row: Sendable {
        case judged(JudgedSocket)
        case made(MadeFinding)
    }

    private final class MadeFinding: Sendable {
        let finding: Finding

        init(_ finding: Finding) { self.finding = finding }
    }

    /// What is remembered of a socket.
    private struct Memory: Sendable {
        var past: SocketPast?
        var candidacy: Candidacy?
    }

    /// The rows in the order in which they came, in chunks, so that a growing table is never copied.
    private var chunks: [[Row]] = []
    /// The numbers of the rows in the order of the findings.
    private var order: [Int32] = []
    private var rowCount = 0
    /// What is remembered of sockets, by the numbers of their rows.
    private var memories: [Int32: Memory] = [:]
    /// The processes that hold the sockets, each of them once.
    private var processes: [SocketProcess] = []
    private var numbers: [SocketProcess: Int32] = [:]
    /// Who makes a finding of a judged socket.
    private let judge: Judge

    private static let chunkSize = 4096

    /// No findings yet, of which those of judged sockets will be made by a judge.
    init(by judge: Judge) { self.judge = judge }

    /// Adds a judged socket.
    mutating func append(_ judged: JudgedSocket, past: SocketPast?, candidacy: Candidacy?) {
        if past != nil || candidacy != nil {
            memories[Int32(rowCount)] = Memory(past: past, candidacy: candidacy)
        }
        order.append(Int32(rowCount))
        add(.judged(judged))
    }

    private mutating func add(_ row: Row) {
        if rowCount % Self.chunkSize == 0 {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
        }
        chunks[chunks.count - 1].append(row)
        rowCount += 1
    }

    private subscript(row number: Int32) -> Row {
        get { chunks[Int(number) / Self.chunkSize][Int(number) % Self.chunkSize] }
        set { chunks[Int(number) / Self.chunkSize][Int(number) % Self.chunkSize] = newValue }
    }

    /// Takes away what was proof from some findings, those from the given place on.
    mutating func unconfirm(
        from first: Int,
        because doubt: Finding.Doubt,
        where isDoubtful: (Judgement) -> Bool
    ) {
        for number in order[first...] {
            guard case .judged(var judged) = self[row: number], isDoubtful(judged.judgement)
            else { continue }
            judged.unconfirm(because: doubt)
            self[row: number] = .judged(judged)
        }
    }

    /// Says which process holds the socket of the finding at a place.
    package mutating func name(_ process: SocketProcess, at place: Int) {
        let number = order[place]
        guard case .judged(var judged) = self[row: number] else {
            self[place].process = process
            return
        }
        judged.process = numbers[process] ?? Int32(processes.count)
        if judged.process == processes.count {
            processes.append(process)
            numbers[process] = judged.process
        }
        self[row: number] = .judged(judged)
    }

    /// The namespace's target and the inode of the socket of the finding at a place, which tell who
    /// holds it; no finding is made.
    package func holding(at place: Int) -> (target: Int, inode: UInt32) {
        switch self[row: order[place]] {
        case .judged(let judged): (Int(judged.target), judged.inode)
        case .made(let made): (made.finding.target, made.finding.socket.inode)
        }
    }

    /// The findings in the order of a report.
    package consuming func sorted() -> Findings {
        // Numbers are lighter to move than rows.
        order = order.sorted { place(ofRow: $0) < place(ofRow: $1) }
        return self
    }

    private func place(ofRow number: Int32) -> Finding.Place {
        switch self[row: number] {
        case .judged(let judged): judged.place
        case .made(let made): made.finding.place
        }
    }

    private func finding(of judged: JudgedSocket, row number: Int32) -> Finding {
        let memory = memories[number]
        var finding = judge.finding(
            for: judged.socket,
            judged.judgement,
            target: Int(judged.target),
            now: judged.now,
            history: memory?.past
        )
        finding.candidacy = memory?.candidacy
        if let doubt = judged.doubt { finding.unconfirm(because: doubt) }
        if judged.process >= 0 { finding.process = processes[Int(judged.process)] }
        return finding
    }
}

extension Findings: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { order.count }

    /// The finding at a place: made each time, or the one that was put there.
    package subscript(place: Int) -> Finding {
        get {
            let number = order[place]
            switch self[row: number] {
            case .judged(let judged): return finding(of: judged, row: number)
            case .made(let made): return made.finding
            }
        }
        set { self[row: order[place]] = .made(MadeFinding(newValue)) }
    }
}

extension Findings: RangeReplaceableCollection, ExpressibleByArrayLiteral {
    /// No findings.
    package init() {
        self.init(by: Judge(ownership: IPOwnership([]), policy: Policy(), now: .distantPast))
    }

    /// Findings that were made already.
    package init(arrayLiteral findings: Finding...) { self.init(findings) }

    package mutating func replaceSubrange(
        _ places: Range<Int>,
        with findings: some Collection<Finding>
    ) {
        let first = Int32(rowCount)
        for finding in findings { add(.made(MadeFinding(finding))) }
        order.replaceSubrange(places, with: first..<Int32(rowCount))
    }
}
