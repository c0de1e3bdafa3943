import Foundation
import Glibc
import LinuxSystem
import Model
import Testing

@testable import PodSnapshot

/// What a ztunnel answers on its admin port; the answer, which is short enough for that, lies in the
/// connection before it is asked.
struct ZtunnelDumpTests {
    private static let asked = readingTime - .seconds(3)
    private static let workload =
        #"{"workloads":[{"uid":"Kubernetes//Pod/shop/cart-1","name":"cart-1","namespace":"shop","#
        + #""workloadIps":["10.1.0.7"],"node":"node-a"}]}"#

    private static func http(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// What is read of an answer, and what was asked.
    private static func read(
        _ answer: String,
        sizeLimit: Int = ZtunnelDump.sizeLimit
    ) throws -> (contents: SnapshotContents, request: String) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let server = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        try server.write(contentsOf: Data(answer.utf8))
        shutdown(ends[1], Int32(SHUT_WR))
        var dump = try ZtunnelDump(
            over: FileDescriptor(owning: ends[0]),
            from: "127.0.0.1:15000",
            timeLimit: .seconds(20),
            sizeLimit: sizeLimit,
            now: asked
        )
        let contents = try dump.read(now: { readingTime })
        let request = String(decoding: server.availableData, as: UTF8.self)
        return (contents, request)
    }

    @Test func `The workloads are a snapshot from before the request`() throws {
        let (contents, request) = try Self.read(Self.http(Self.workload))
        #expect(request.hasPrefix("GET /config_dump HTTP/1.1\r\nHost: 127.0.0.1:15000\r\n"))
        #expect(contents.pods.count == 1)
        #expect(contents.document.source == "--ztunnel")
        #expect(contents.document.statedReadTime?.time == Self.asked)
        #expect(contents.document.statedReadTime?.source == .request)
        #expect(contents.document.readNotBefore == Self.asked)
        #expect(contents.document.isOfOwnZtunnel)
    }

    /// Why there is no snapshot, in words.
    private static func fault(_ answer: String, sizeLimit: Int = 10_000) -> String? {
        do {
            _ = try read(answer, sizeLimit: sizeLimit)
            return nil
        } catch ZtunnelDump.Fault.document(let error) {
            return "document: \(error.description)"
        } catch ZtunnelDump.Fault.http(let error) {
            return "http: \(error)"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            ("a whole answer", http(workload), nil),
            ("the Pods of a cluster", http(list(pod())), "found another list"),
            ("a page", http("<html>"), "document: "),
            ("a document that is cut", http(String(workload.dropLast(3))), "document: "),
            ("no JSON after the workloads", http(workload + "x"), "document: "),
            ("another status", http("no", status: "404 Not Found"), "http: "),
            ("an answer that is cut", String(http(workload).dropLast(9)), "http: "),
            (
                "an answer that is too long",
                http(workload + String(repeating: " ", count: 10_000)), "http: "
            ),
        ] as [(String, String, String?)]
    )
    func `An answer that is no dump of workloads is told from one that did not come`(
        _ name: String,
        _ answer: String,
        _ words: String?
    ) {
        let fault = Self.fault(answer)
        #expect((fault == nil) == (words == nil), "\(name): \(fault ?? "")")
        if let words { #expect(fault?.contains(words) == true, "\(name): \(fault ?? "")") }
    }
}
