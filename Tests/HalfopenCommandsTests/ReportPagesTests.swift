import Judging
import LinuxSystem
import Model
import Reporting
import Testing

@testable import HalfopenCommands

@Suite struct ReportPagesTests {
    private func pages(interval: TimeSpan) throws -> ReportPages {
        let loopback = try #require(IPAddress("127.0.0.1"))
        return ReportPages(
            interval: interval,
            on: try FileDescriptor(listeningOn: Endpoint(address: loopback, port: 0))
        )
    }

    private func status(_ pages: ReportPages, _ path: String, after silence: TimeSpan) -> String {
        let request = HTTPRequest(method: "GET", path: path)
        return pages.answer(request, now: steadyTime() + silence).status
    }

    @Test func `Before the first scan there is nothing to read, and the watch is well`() throws {
        let pages = try pages(interval: .seconds(15))
        #expect(status(pages, "/metrics", after: .zero) == "503 Service Unavailable")
        #expect(status(pages, "/report", after: .zero) == "503 Service Unavailable")
        #expect(status(pages, "/healthz", after: .zero) == "200 OK")
    }

    @Test(arguments: [(15, 100, true), (15, 106, false), (600, 1859, true), (600, 1861, false)])
    func `A watch is ill when no scan ends for three intervals and a minute`(
        interval: Int64,
        silence: Int64,
        isWell: Bool
    ) throws {
        let pages = try pages(interval: .seconds(interval))
        let status = status(pages, "/healthz", after: .seconds(silence))
        #expect(status == (isWell ? "200 OK" : "503 Service Unavailable"))
    }

    @Test func `What is shown is the last scan, and no path but three has anything`() throws {
        let pages = try pages(interval: .seconds(15))
        let now = ClockReading(wall: WallTime(epochSeconds: 1_795_000_000), steady: .zero)
        let report = ScanReport(
            ScanResult(targets: [], findings: [], warnings: [], began: now, ended: now),
            version: "1",
            host: "h",
            port: 15008,
            snapshots: []
        )
        pages.show(report, ScanMetrics(report))
        let metrics = pages.answer(HTTPRequest(method: "GET", path: "/metrics"), now: .zero)
        #expect(metrics.type == "text/plain; version=0.0.4; charset=utf-8")
        #expect(metrics.body == ScanMetrics(report).text)
        let answer = pages.answer(HTTPRequest(method: "GET", path: "/report"), now: .zero)
        #expect(answer.type == "application/json")
        #expect(answer.body.starts(with: "{".utf8))
        for path in ["/", "/metrics/", "/metricsx", "/../etc/passwd"] {
            #expect(status(pages, path, after: .zero) == "404 Not Found")
        }
    }
}
