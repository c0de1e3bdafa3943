import LinuxSystem
import Model
import Reporting
import Synchronization

/// What a watch serves over HTTP: its metrics, its last report, and whether it lives.
///
/// A thread of its own answers, so that a scan that waits for the kernel or for ztunnel holds up no
/// scrape. What it answers was rendered before: the two share nothing but these bytes.
final class ReportPages: Sendable {
    private struct Pages {
        var metrics: [UInt8]?
        var report: [UInt8] = []
        /// When the last scan ended, or the watch began, by the steady clock.
        var shownAt = steadyTime()
    }

    private let pages = Mutex(Pages())
    private let listener: FileDescriptor
    /// For how long no scan may have ended.
    private let patience: TimeSpan

    /// Pages before the first scan.
    ///
    /// - Parameters:
    ///   - interval: The time between scans.
    ///   - listener: The socket that listens.
    init(interval: TimeSpan, on listener: consuming FileDescriptor) {
        self.listener = listener
        patience = TimeSpan(milliseconds: interval.milliseconds * 3) + .seconds(60)
    }

    /// Begins to serve, if there is a socket.
    ///
    /// To be called once privileges are given up: a thread has privileges of its own.
    static func serve(
        _ listener: consuming FileDescriptor?,
        _ request: ScanRequest
    ) throws(ThreadError) -> ReportPages? {
        guard let listener else { return nil }
        let pages = ReportPages(interval: request.interval, on: listener)
        do throws(Errno) {
            try startThread {
                HTTPServer { pages.answer($0, now: steadyTime()) }.serve(on: pages.listener)
            }
        } catch {
            throw ThreadError(errno: error)
        }
        return pages
    }

    /// Shows what a scan has found.
    func show(_ report: ScanReport, _ metrics: ScanMetrics) {
        var text: [UInt8] = []
        report.render(.json) { text += $0 }
        pages.withLock {
            $0 = Pages(metrics: metrics.text, report: text)
        }
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - now: The steady clock.
    func answer(_ request: HTTPRequest, now: TimeSpan) -> HTTPAnswer {
        let pages = pages.withLock { $0 }
        switch request.path {
        case "/metrics", "/report":
            guard let metrics = pages.metrics else {
                return Self.unavailable("the first scan has not ended yet")
            }
            return request.path == "/metrics"
                ? HTTPAnswer(
                    type: "text/plain; version=0.0.4; charset=utf-8",
                    body: metrics
                )
                : HTTPAnswer(type: "application/json", body: pages.report)
        case "/healthz":
            let silence = now - pages.shownAt
            return silence <= patience
                ? HTTPAnswer(body: Array("ok\n".utf8))
                : Self.unavailable("no scan has ended for \(silence.milliseconds / 1000) s")
        default:
            return HTTPAnswer(
                status: "404 Not Found",
                body: Array("not found: there are /metrics, /report and /healthz\n".utf8)
            )
        }
    }

    private static func unavailable(_ reason: String) -> HTTPAnswer {
        HTTPAnswer(status: "503 Service Unavailable", body: Array("\(reason)\n".utf8))
    }
}

/// Why nothing can be served.
struct ListenError: Error, CustomStringConvertible {
    let endpoint: Endpoint
    let errno: Errno

    var description: String {
        "cannot listen on \(endpoint): \(errno); give another address (--web.listen-address)"
    }
}

/// Why nobody can serve.
struct ThreadError: Error, CustomStringConvertible {
    let errno: Errno

    var description: String { "cannot start a thread for --web.listen-address: \(errno)" }
}
