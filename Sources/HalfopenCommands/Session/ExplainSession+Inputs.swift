import IncidentLogs
import Judging
import Model
import Reporting

// What an incident left behind: logs and captures.
extension ExplainSession {
    /// Reads an input to its end; what goes wrong is a problem, and what was read counts.
    mutating func read(_ input: OpenedInput) {
        if let first = sameFile(as: input) {
            return notices.append(
                "\(input.kind.name) '\(input.path)' is the same file as '\(first)': read once"
            )
        }
        let index = inputs.count
        inputs.append(IncidentReport.Input(kind: input.kind.rawValue, source: input.path))
        do throws(IncidentInputError) {
            switch input.kind {
            case .accessLog:
                incident.beginAccessLog()
                try readLog(input, AccessLogReader(input: index), .accessLog) { $0.take($1) }
            case .envoyLog:
                incident.proxyLogs.begin()
                try readLog(input, EnvoyLogReader(input: index), .envoyLog) {
                    $0.proxyLogs.take($1)
                }
            case .capture:
                incident.packets.begin(input: index)
                try readCapture(input)
            }
        } catch {
            problems.append(error.description)
        }
        noteRepeats(of: input)
    }

    /// The path under which the same file was read before, as the same kind of input.
    private mutating func sameFile(as input: OpenedInput) -> String? {
        guard let identity = input.identity else { return nil }
        if let first = readFiles[input.kind]?[identity] { return first }
        readFiles[input.kind, default: [:]][identity] = input.path
        return nil
    }

    /// Ends an input, and notes what it has in common with earlier ones.
    private mutating func noteRepeats(of input: OpenedInput) {
        let (count, what) =
            switch input.kind {
            case .accessLog: (incident.endAccessLog(), "failed line")
            case .envoyLog: (incident.proxyLogs.end(), "failed stream")
            case .capture: (incident.packets.end(), "event")
            }
        if count == 0 { return }
        notices.append(
            "\(input.kind.name) '\(input.path)' repeats \(counted(count, what)) of an earlier"
                + " \(input.kind.name): counted once"
        )
    }

    /// Reads a log, and hands each entry of it to the incident.
    private mutating func readLog<Reader: LogReader & ~Copyable>(
        _ input: OpenedInput,
        _ newReader: consuming Reader,
        _ words: LogWords,
        _ take: (inout Incident, Reader.Entry) -> Reader.Answer
    ) throws(IncidentInputError) {
        var reader = newReader
        // Taken out for the time, so that it has one owner and is not copied.
        var incident = Incident(port: request.port, skew: request.policy.skew)
        swap(&incident, &self.incident)
        defer {
            swap(&incident, &self.incident)
            let counts = reader.lines.counts
            inputs[inputs.count - 1].lines = counts.lines
            inputs[inputs.count - 1].recognized = counts.recognized
            inputs[inputs.count - 1].relevant = counts.relevant
        }
        try input.read { chunk throws(IncidentInputError) in
            reader.feed(chunk) { take(&incident, $0) }
        }
        reader.finish { take(&incident, $0) }
        note(reader.lines, missing: reader.missing, of: input, words)
    }

    /// Notes what a log has not, and the lines of it that could not be read, and so may hide something.
    private mutating func note(
        _ lines: LogLines,
        missing: String?,
        of input: OpenedInput,
        _ words: LogWords
    ) {
        let log = "\(input.kind.name) '\(input.path)'"
        let counts = lines.counts
        if counts.damaged > 0 {
            problems.append(
                "\(log): could not read \(counted(counts.damaged, "line")) (cut, or of another"
                    + " format); failed requests may be missing"
            )
        }
        if lines.endsWithinLine {
            problems.append("\(log) ends within a line: it was cut, or is still being written")
        }
        if counts.lines == 0 {
            problems.append("\(log) is empty; give \(words.instead)")
        } else if counts.recognized == 0 {
            problems.append(
                "\(log) has no \(words.line): \(counted(counts.lines, "line")) read;"
                    + " give \(words.instead)\(words.condition)"
            )
        } else if let missing {
            problems.append(
                "\(log) has no message of the logger \(missing) at level debug; raise it:"
                    + " 'istioctl proxy-config log POD --level connection:debug,pool:debug,"
                    + "router:debug,http:debug,client:debug'"
            )
        }
    }

    private mutating func readCapture(_ input: OpenedInput) throws(IncidentInputError) {
        let index = inputs.count - 1
        var reader = CaptureReader(port: request.port)
        // Taken out for the time, so that it has one owner and is not copied.
        var trace = PacketTrace(port: request.port)
        swap(&trace, &incident.packets)
        defer {
            swap(&trace, &incident.packets)
            inputs[index].lines = reader.counts.packets
            inputs[index].recognized = reader.counts.packets - reader.counts.unknownLink
            inputs[index].relevant = reader.counts.segments
            inputs[index].first = reader.counts.first
            inputs[index].last = reader.counts.last
        }
        let path = input.path
        try input.read { chunk throws(IncidentInputError) in
            do throws(CaptureReader.Fault) {
                try reader.feed(chunk) { trace.take($0, captureBegan: $1) }
            } catch {
                throw IncidentInputError(error, path: path)
            }
        }
        do throws(CaptureReader.Fault) {
            try reader.finish()
        } catch {
            throw IncidentInputError(error, path: path)
        }
        noteCapture(input.path, reader.counts)
    }

    private mutating func noteCapture(_ path: String, _ counts: CaptureReader.Counts) {
        if counts.isTruncated {
            problems.append(
                "packet capture '\(path)' ends within a packet: it was cut, or is still being written"
            )
        }
        if counts.unknownLink > 0 {
            problems.append(
                "packet capture '\(path)': skipped \(counted(counts.unknownLink, "packet")) of a link"
                    + " type that is not supported; capture on an interface with Ethernet, Linux cooked or raw IP"
            )
        }
        if counts.cut > 0 {
            problems.append(
                "packet capture '\(path)': skipped \(counted(counts.cut, "packet")) cut before the end"
                    + " of the TCP header; capture at least 96 bytes of each ('tcpdump -s 96')"
            )
        }
        if counts.packets > 0, counts.segments == 0 {
            notices.append(
                "packet capture '\(path)' has no segment from or to port \(request.port)"
            )
        }
    }
}

/// What messages say of a kind of log.
private struct LogWords {
    /// What a line of it is called.
    let line: String
    /// What to give in place of a file without a line.
    let instead: String
    /// What must also be so, where there are only lines of something else.
    var condition = ""

    static let accessLog = LogWords(
        line: "whole line of an access log",
        instead: "one in Istio's default format, text or JSON"
    )
    static let envoyLog = LogWords(
        line: "message of Envoy",
        instead: "the log of the proxy's container",
        condition: ", at level debug"
    )
}
