import Foundation
import LinuxSystem
import TestSupport
import Testing

@testable import IncidentLogs

/// Files of an incident, read in the test itself.
struct InputFileTests {
    @Test func `A file is handed over in chunks, and knows itself under another name`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.makeFile("log")
        let content = String(repeating: "0123456789abcdef", count: 40_000)
        try Data(content.utf8).write(to: file)
        var input = try IncidentInput(opening: file.path, as: .accessLog)
        var (bytes, chunks) = (0, 0)
        try input.read { chunk throws(IncidentInputError) in
            bytes += chunk.count
            chunks += 1
        }
        #expect(bytes == 640_000)
        #expect(chunks > 1)
        let link = folder.url.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let same = try IncidentInput(opening: link.path, as: .accessLog)
        let other = try IncidentInput(opening: folder.makeFile("other").path, as: .accessLog)
        #expect(input.identity != nil)
        #expect(same.identity == input.identity)
        #expect(other.identity != input.identity)
        #expect(try IncidentInput(opening: "/dev/null", as: .accessLog).identity == nil)
    }

    @Test func `A directory opens and cannot be read`() throws {
        let folder = try TemporaryFolder()
        var input = try IncidentInput(opening: folder.url.path, as: .envoyLog)
        do throws(IncidentInputError) {
            try input.read { _ in Issue.record("something was read") }
            Issue.record("it was read")
        } catch {
            #expect(
                error.description == "cannot read Envoy log '\(folder.url.path)': EISDIR (Is a"
                    + " directory); name a file in it"
            )
        }
    }

    @Test(
        arguments: [
            (
                .noWriter(.accessLog, path: "f", waitedSeconds: 10),
                "cannot read access log 'f': it is a FIFO, and no process has opened it for writing"
                    + " in 10 s; start the writing command first, or give a file"
            ),
            (
                .silent(.capture, path: "f", waitedSeconds: 300),
                "cannot read packet capture 'f': its writer has written nothing for 300 s; check the"
                    + " writing command"
            ),
            (
                .foreign(.envoyLog, path: "f", .compressed(.zstd)),
                "cannot read Envoy log 'f': it is compressed with zstd; decompress it: 'zstdcat FILE"
                    + " | halfopen explain --envoy-log -'"
            ),
            (
                IncidentInputError(.foreign, path: "f"),
                "cannot read packet capture 'f': it is neither pcap nor pcapng; write it with"
                    + " 'tcpdump -w FILE'"
            ),
            (
                IncidentInputError(.damaged(byteOffset: 24), path: "f"),
                "packet capture 'f' is damaged at byte 24: what comes after it was not read;"
                    + " capture again, or copy the file again"
            ),
        ] as [(IncidentInputError, String)]
    )
    func `A message names the file, the cause and what to do`(
        _ error: IncidentInputError,
        _ message: String
    ) {
        #expect(error.description == message)
    }
}
