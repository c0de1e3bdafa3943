import Judging
import LinuxSystem
import Model
import PodSnapshot
import Reporting

/// `halfopen watch`: scan after scan, and what has changed from one to the next.
struct WatchCommand {
    private let request: ScanRequest
    private let companion: Companion
    private let pages: ReportPages?
    private let inbox: SignalInbox
    private let serviceManager: ServiceManager?
    private var findings = FindingTracker()
    private var counts = LastCounts()
    private var warnings = WarningLog()
    private var troubles = WarningLog()
    private var remarks = WarningLog()
    private var deafness = WarningLog()
    private var reaped = ScanReport.ReapCounts()
    private var clock: ClockWatch
    /// Pings are seen from one scan to the next.
    private let memory = ScanMemory()

    /// Watches until it is told to end, or cannot go on.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    static func run(_ request: ScanRequest) -> ExitStatus {
        let began = steadyTime()
        var known: Companion?
        // Who confines a service wants to know. A single scan may well be given less.
        for obstacle in Privileges.obstacles() { StandardStreams.say(obstacle) }
        do {
            var opened = try request.open(for: .watch)
            known = opened.companion
            let inbox: SignalInbox
            do throws(Errno) {
                inbox = try SignalInbox()
            } catch {
                StandardStreams.say("cannot wait for signals: \(error)")
                return .incomplete
            }
            guard let companion = opened.companion else { return .incomplete }
            let pages = try ReportPages.serve(opened.listener.take(), request)
            var watch = WatchCommand(request, companion, pages, inbox, opened.serviceManager)
            let status = try watch.watch(try opened.shelveSnapshots(companion))
            watch.tell("STOPPING=1")
            return status
        } catch {
            StandardStreams.say("\(error)")
            let metrics = ScanMetrics(
                failedAt: systemTime(),
                after: steadyTime() - began,
                version: halfopenVersion
            )
            // Without one, what the program was started with is not given up yet.
            let companion = known ?? Companion(request, keeping: .dacOverride)
            if let trouble = replaceMetrics(request, metrics, by: companion) {
                StandardStreams.say(trouble)
            }
            return .incomplete
        }
    }

    private init(
        _ request: ScanRequest,
        _ companion: Companion,
        _ pages: ReportPages?,
        _ inbox: SignalInbox,
        _ serviceManager: ServiceManager?
    ) {
        self.request = request
        self.companion = companion
        self.pages = pages
        self.inbox = inbox
        self.serviceManager = serviceManager
        clock = ClockWatch(skew: request.policy.skew)
    }

    private mutating func watch(_ first: SnapshotCache) throws(CompanionError) -> ExitStatus {
        var snapshots = first
        _ = snapshots.askZtunnel()
        var session = ScanSession(request, snapshots.snapshots, companion)
        var schedule = ScanSchedule(every: request.interval, from: steadyTime())
        var isFirst = true
        while true {
            // Opened for each scan: a socket that is kept would keep its namespace alive.
            let targets = try companion.openTargets()
            var outcome = session.judge(targets, beside: snapshots.faults, between: memory)
            let isOfOneClock = clock.isOfOneClock(
                outcome.result.began,
                outcome.result.ended,
                capture: session.ownership.readNotBefore
            )
            // Without a snapshot, nothing was taken by another clock.
            outcome.isOfOneClock =
                outcome.isOfOneClock && (isOfOneClock || session.contents.isEmpty)
            let report = reap(outcome, targets)
            do throws(StandardStreams.WriteError) {
                guard try publish(report) else { return .clear }
            } catch {
                StandardStreams.say(error.message)
                return .incomplete
            }
            let metrics = ScanMetrics(counts.update(report))
            pages?.show(report, metrics)
            let isWritten = write(metrics)
            // A name that is wrong shows at once, and a disk that is full may not be forever.
            if isFirst, !isWritten { return .incomplete }
            // From the wrong namespace none can be entered, and this one not be left.
            if targets.targets.last?.isStranded == true { return .incomplete }
            tell(
                "READY=1",
                "STATUS=\(report.summaryLine(asked: request.policy.asked).terminalSafe)"
            )
            isFirst = false

            let isRead = wait(schedule.advance(now: steadyTime()))
            if inbox.isToEnd || !isRead { return .clear }
            let isReloading = inbox.takeReload()
            if isReloading { tell("RELOADING=1") }
            let isChanged = snapshots.refresh(all: isReloading)
            if snapshots.askZtunnel() || isChanged {
                session = ScanSession(request, snapshots.snapshots, companion)
            }
        }
    }

    /// Destroys what was found, if that was asked for.
    private mutating func reap(_ outcome: ScanSession.Outcome, _ targets: TargetSet) -> ScanReport {
        guard request.reaps else { return outcome.report }
        var outcome = outcome
        if outcome.report.summary.candidates > 0 {
            // The holder of a connection cannot be found any more once it is destroyed.
            outcome.report.nameProcesses(by: companion)
        }
        var (report, remarks) = outcome.reaped(as: request, in: targets.targets)
        targets.targets.forEach { $0.close() }
        companion.closeTargets()
        report.reap?.earlier = reaped
        reaped.add(report.reapCounts)
        for remark in self.remarks.update(remarks).news { StandardStreams.say(remark) }
        return report
    }

    /// Waits, and gives signs of life where they are waited for.
    ///
    /// - Returns: Whether anybody can still read standard output.
    private mutating func wait(_ time: TimeSpan) -> Bool {
        let end = steadyTime() + time
        var (rest, isRead) = (time, true)
        repeat {
            if serviceManager?.watchdogInterval != nil { giveSignOfLife() }
            isRead = inbox.wait(min(rest, serviceManager?.watchdogInterval ?? rest))
            rest = end - steadyTime()
        } while rest > .zero && isRead && !inbox.hasNews
        return isRead
    }

    /// Prints what has changed.
    ///
    /// - Returns: Whether anybody reads it.
    private mutating func publish(
        _ scanned: ScanReport
    ) throws(StandardStreams.WriteError) -> Bool {
        var report = scanned
        var doubts: [String] = []
        let events = findings.update(report) { [companion] new in
            do throws(CompanionError) {
                let named = try companion.named(new, in: scanned.targets)
                doubts += named.problem.map { [$0] } ?? []
                return named.findings
            } catch {
                doubts.append("\(error)")
                return new
            }
        }
        report.warnings += doubts.filter { !report.warnings.contains($0) }
        let (news, isChanged) = warnings.update(report.warnings)
        for warning in news { StandardStreams.say(warning) }
        if request.isVerbose {
            let took = report.duration.milliseconds
            StandardStreams.say(
                "\(report.summaryLine(asked: request.policy.asked)); scanned in \(took) ms"
            )
        }
        var isRead = true
        try report.renderEvents(events, hasSummary: isChanged) {
            bytes throws(StandardStreams.WriteError) in
            if isRead, !bytes.isEmpty { isRead = try StandardStreams.isRead(writing: bytes) }
        }
        return isRead
    }

    private mutating func write(_ metrics: ScanMetrics) -> Bool {
        let trouble = Self.replaceMetrics(request, metrics, by: companion)
        for message in troubles.update(trouble.map { [$0] } ?? []).news {
            StandardStreams.say(message)
        }
        return trouble == nil
    }

    /// Replaces the metrics file, if there is to be one; what kept it from that.
    private static func replaceMetrics(
        _ request: ScanRequest,
        _ metrics: ScanMetrics,
        by companion: Companion
    ) -> String? {
        if request.metricsFile == nil { return nil }
        let text = metrics.text
        do throws(FileError) {
            try companion.replace(.metrics, with: text.span)
            return nil
        } catch {
            if case .unattended = error, companion.overwriteMetrics(metrics.text) { return nil }
            return message(error)
        }
    }

    private static func message(_ error: FileError) -> String {
        switch error {
        case .notRegular: "\(error); name another (--metrics-file)"
        case .unattended: "\(error); run again"
        case .cannot(_, let path, let errno):
            "cannot write '\(path)': \(errno); \(error.remedy("--metrics-file"))"
        }
    }

    /// Tells the service manager, if there is one; that it does not listen ends nothing.
    private func tell(_ assignments: String...) {
        do throws(Errno) {
            try serviceManager?.tell(assignments)
        } catch {
            StandardStreams.say(Self.message(error))
        }
    }

    /// Tells the service manager that the watch is alive; that it does not listen is said once.
    private mutating func giveSignOfLife() {
        var trouble: [String] = []
        do throws(Errno) {
            try serviceManager?.tell(["WATCHDOG=1"])
        } catch {
            trouble = [Self.message(error)]
        }
        for message in deafness.update(trouble).news { StandardStreams.say(message) }
    }

    private static func message(_ error: Errno) -> String {
        "cannot notify the service manager: \(error)"
    }
}
