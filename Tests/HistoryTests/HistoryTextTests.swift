import History
import NetAddress
import Ownership
import Testing
import Times

@Suite struct HistoryTextTests {
    private static var sample: SocketHistory {
        var history = SocketHistory(epoch: epoch)
        history.capture = at(105)
        let web = SocketBinding(to: pod("web"), captureBound: at(100))
        history.remember(key(cookie: 0xabc), SocketSighting(110, binding: web))
        history.remember(key(cookie: 0xabd), SocketSighting(110, isCandidate: true))
        history.remember(key(cookie: 0xabe), SocketSighting(110, binding: web))
        return history
    }

    @Test func `The file is as documented`() {
        let text = String(decoding: Self.sample.text, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let tuple = "7 abc 0 ffff0a010001 9c40 0 ffff0a010007 3aa0"
        #expect(lines.count == 6)
        #expect(lines[0] == "halfopen.state/v1 b1 1a1ee565e00 1a1fd8e0328")
        #expect(lines[1] == "p web shop web node-1")
        #expect(lines[2].hasPrefix("s \(tuple) "))
        #expect(lines[2].hasSuffix(" - 0 0"))
        #expect(lines[3].hasSuffix(" 1 0"))
        #expect(lines[5].hasPrefix("end "))
    }

    @Test func `What was written is read`() throws {
        let sample = Self.sample
        #expect(try SocketHistory(text: sample.text) == sample)
        let empty = SocketHistory(epoch: epoch)
        #expect(try SocketHistory(text: empty.text) == empty)
    }

    @Test(arguments: ["", " ", "a b", "%", "%41", "\n", "p x\ns", "\u{7f}", "wëb", "\0"])
    func `Names of any kind come back as they were`(name: String) throws {
        var history = SocketHistory(epoch: epoch)
        let pod = PodIdentity(namespace: name, name: name, uid: name, node: name)
        let binding = SocketBinding(to: pod, captureBound: at(100))
        history.remember(key(), SocketSighting(110, binding: binding))
        #expect(try SocketHistory(text: history.text).past(of: key())?.binding == binding)
    }

    @Test(arguments: [Int64.min / 4, -1, 0, .max])
    func `Times of any size come back as they were`(milliseconds: Int64) throws {
        var history = SocketHistory(epoch: epoch)
        let time = WallTime(milliseconds: milliseconds)
        history.remember(key(), SocketSighting(seenAt: time, heardAt: time, isCandidate: true))
        #expect(try SocketHistory(text: history.text) == history)
    }

    @Test mutating func `Pods that no socket is bound to are not written`() throws {
        var history = Self.sample
        history.beginRun()
        history.endRun()
        history.beginRun()
        let api = SocketBinding(to: pod("api"), captureBound: at(200))
        history.remember(key(cookie: 5), SocketSighting(210, binding: api))
        history.endRun()
        let read = try SocketHistory(text: history.text)
        #expect(read.boundUIDs == ["api"])
        #expect(read.past(of: key(cookie: 5))?.binding == api)
    }

    @Test func `A file cut at any byte is damaged`() {
        let bytes = Self.sample.text
        for length in bytes.indices {
            #expect(throws: HistoryFault.damaged, "\(length) bytes") {
                try SocketHistory(text: Array(bytes[..<length]))
            }
        }
    }

    @Test func `A file with any bit changed is not believed`() {
        let bytes = Self.sample.text
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: HistoryFault.self, "bit \(bit) of byte \(index)") {
                    try SocketHistory(text: changed)
                }
            }
        }
    }

    @Test(arguments: [
        ("{\"schema\":\"halfopen.snapshot/v1\"}", HistoryFault.foreign),
        ("halfopen.snapshot/v1", .foreign),
        ("halfopen.state/v2 what only it knows", .newer),
        ("halfopen.state/v10", .newer),
        ("halfopen.state/v0 b1 0\nend 0\n", .damaged),
        ("halfopen.state/vx", .damaged),
        ("", .damaged),
    ])
    func `What is no history of this version is told apart`(text: String, fault: HistoryFault) {
        #expect(throws: fault) { try SocketHistory(text: Array(text.utf8)) }
    }
}
