import Testing

@testable import Model

@Suite struct HistoryWordsTests {
    private static var sample: SocketHistory {
        var history = SocketHistory(epoch: epoch)
        history.lostAt = at(50)
        let web = SocketBinding(to: pod("web"), readNotBefore: at(100))
        history.remember(key(cookie: 0xabc), Sighting(110, binding: web))
        history.remember(key(cookie: 0xabd), Sighting(110, isCandidate: true))
        history.remember(key(cookie: 0xabe), Sighting(110, binding: web))
        let place = history.place(of: key(cookie: 0xabe), seenAt: at(110))
        history.take(look(0), at: place)
        history.take(look(20, pings: 2, isOwned: false), at: place)
        history.endRun(at: at(111), looks: [7: .whole, 8: .part], capture: at(105))
        return history
    }

    /// The last word, which tells that the others are as they were written.
    private func checksum(_ words: ArraySlice<UInt64>) -> UInt64 {
        words.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01b3 }
    }

    private func milliseconds(_ time: WallTime) -> UInt64 { UInt64(bitPattern: time.milliseconds) }

    @Test func `The file is as documented`() throws {
        let words = Self.sample.words
        #expect(
            words[..<26] == [
                0x6e65_706f_666c_6168,  // "halfopen"
                0x762f_6574_6174_732e,  // ".state/v"
                0x0a33,  // "3\n"
                milliseconds(epoch.bootedAt),
                milliseconds(at(50)),  // when an earlier history was lost
                1,  // Pod
                3,  // sockets
                2,  // network namespaces
                2, 0x3162,  // "b1", the boot
                3, 0x62_6577,  // "web", the UID
                4, 0x706f_6873,  // "shop"
                3, 0x62_6577,  // "web", the name
                6, 0x312d_6564_6f6e,  // "node-1"
                7, milliseconds(at(111)), milliseconds(at(105)),  // a namespace, its last scan, C
                8, milliseconds(at(111)), milliseconds(at(105)),
                7,  // the network namespace of the first socket
                0xabc,  // its cookie
            ]
        )
        #expect(
            words[26..<35] == [
                0, 0xffff_0a01_0001,  // 10.1.0.1
                0, 0xffff_0a01_0007,  // 10.1.0.7
                40000 << 16 | 15008,
                milliseconds(at(110)),  // first seen
                0 << 32 | 0,  // the first Pod, no absence
                milliseconds(at(100)),  // C
                0,  // no candidate
            ]
        )
        #expect(words[35] == 0)  // in no run
        #expect(words[36..<40] == [0, 0, 0, 0])  // no look
        #expect(words[40 + 8] == 0xffff_ffff << 32)  // no Pod
        #expect(words[40 + 10] == milliseconds(at(110)))  // a candidate since then
        #expect(words[40 + 11] == 1)  // in one run
        let traits: HeartbeatTraits = [
            .hasLook, .isPinging, .everPinged, .wasUnlisted, .wasUnlistedTwice,
        ]
        #expect(words[56 + 8] == UInt64(traits.rawValue) << 16)
        let look: [UInt64] = [
            1_020_000,  // the look to compare with: milliseconds by a steady clock
            1000 << 48 | 20_000 << 32 | 302,  // silence, how long it kept pinging; segments sent
            5078 << 32 | 4078,  // bytes received, and acknowledged
            202 << 32 | 102,  // data segments received, and sent
        ]
        #expect(Array(words[68..<72]) == look)
        #expect(words.count == 24 + 3 * 16 + 1)
        #expect(words.last == checksum(words.dropLast()))
    }

    @Test func `What was written is read`() throws {
        var sample = Self.sample
        // What is only a run's is not written.
        sample.beginRun()
        let read = try SocketHistory(words: sample.words)
        #expect(read.words == sample.words)
        #expect(read.lostAt == at(50))
        #expect(read.capture(of: 7) == at(105))
        #expect(read.capture(of: 8) == at(105))
        for cookie: UInt64 in 0xabc...0xabf {
            #expect(read.past(of: key(cookie: cookie)) == sample.past(of: key(cookie: cookie)))
            #expect(
                read.candidacy(of: key(cookie: cookie)) == sample.candidacy(of: key(cookie: cookie))
            )
        }
        var empty = SocketHistory(epoch: epoch)
        empty.endRun(at: at(110), looks: [7: .whole], capture: .distantPast)
        #expect(try SocketHistory(words: empty.words).words == empty.words)
        #expect(try SocketHistory(words: empty.words).capture(of: 7) == nil)
        #expect(try SocketHistory(words: empty.words).lostAt == nil)
    }

    @Test mutating func `Scans that missed a socket are counted on by the next program`() throws {
        var history = Self.sample
        for _ in 1...19 { history.run([7: .part]) }
        #expect(try SocketHistory(words: history.words).count == 3)
        history = try SocketHistory(words: history.words)
        history.run([7: .part])
        #expect(history.count == 0)
    }

    /// What the first version wrote: two sockets, of which one is bound.
    private func firstVersion(absences: UInt64) -> [UInt64] {
        var words: [UInt64] = [
            0x6e65_706f_666c_6168, 0x762f_6574_6174_732e, 0x0a31,
            milliseconds(epoch.bootedAt),
            milliseconds(at(105)),  // C of the last run
            1,  // Pod
            2,  // sockets
            2, 0x3162,  // "b1", the boot
            3, 0x62_6577, 4, 0x706f_6873, 3, 0x62_6577, 6, 0x312d_6564_6f6e,
        ]
        for (cookie, pod, runs) in [(0xabc, 0, 0), (0xabd, 0xffff_ffff, 1)]
            as [(UInt64, UInt64, UInt64)]
        {
            words += [
                7, cookie, 0, 0xffff_0a01_0001, 0, 0xffff_0a01_0007, 40000 << 16 | 15008,
                milliseconds(at(90)), milliseconds(at(0)), milliseconds(at(100)),
                pod << 32 | absences, milliseconds(at(80)), milliseconds(at(90)) * runs, runs,
            ]
        }
        return words + [checksum(words[...])]
    }

    @Test func `A file of the first version is read`() throws {
        var history = try SocketHistory(words: firstVersion(absences: 0))
        #expect(history.epoch == epoch)
        #expect(history.lostAt == nil)
        #expect(history.capture(of: 7) == at(105))
        #expect(history.past(of: key(cookie: 0xabc))?.binding?.pod == pod("web"))
        history.run(at: 120, seeing: [key(cookie: 0xabd)], isCandidate: true)
        #expect(history.candidacy(of: key(cookie: 0xabd))?.runs == 2)
        history.run(at: 130)
        #expect(history.count == 1)
    }

    @Test func `A file of the first version is written as one of this version`() throws {
        let words = firstVersion(absences: 0)
        let history = try SocketHistory(words: words)
        let written = history.words
        #expect(written[2] == 0x0a33)
        // A count of namespaces and one of them, and two words more for each socket.
        #expect(written.count == words.count + 1 + 3 + 2 * 2)
        let again = try SocketHistory(words: written)
        #expect(again.words == written)
        for cookie: UInt64 in [0xabc, 0xabd] {
            #expect(again.past(of: key(cookie: cookie)) == history.past(of: key(cookie: cookie)))
            #expect(
                again.candidacy(of: key(cookie: cookie))
                    == history.candidacy(of: key(cookie: cookie))
            )
        }
        #expect(again.capture(of: 7) == at(105))
    }

    /// What the second version wrote of the sample.
    private var secondVersion: [UInt64] {
        let words = Self.sample.words
        var second = words[..<2] + [0x0a32] + words[3..<24]
        for socket in 0..<3 {
            let start = 24 + 16 * socket
            second += words[start..<start + 12]
            // It knew no traits.
            second[second.endIndex - 4] &= ~0xffff_0000
        }
        return second + [checksum(second)]
    }

    @Test func `A file of the second version is read, and has no looks`() throws {
        let history = try SocketHistory(words: secondVersion)
        #expect(history.lostAt == at(50))
        #expect(history.capture(of: 7) == at(105))
        #expect(history.past(of: key(cookie: 0xabc))?.binding?.pod == pod("web"))
        #expect(history.candidacy(of: key(cookie: 0xabd))?.runs == 1)
        #expect(history.past(of: key(cookie: 0xabe))?.heartbeat == [])
        #expect(try SocketHistory(words: history.words).words == history.words)
    }

    @Test(arguments: [64, 128])
    func `What only one run may use of a heartbeat is in no file`(trait: UInt64) {
        var words = Self.sample.words
        words[24 + 8] |= trait << 16
        words[words.count - 1] = checksum(words.dropLast())
        #expect(throws: HistoryFault.damaged) { try SocketHistory(words: words) }
    }

    @Test func `A file of the first version with times that no clock shows is damaged`() {
        for word in [24, 25, 26] {
            var words = firstVersion(absences: 0)
            words[word] = .max >> 1
            words[words.count - 1] = checksum(words.dropLast())
            #expect(throws: HistoryFault.damaged) { try SocketHistory(words: words) }
        }
    }

    @Test func `What the first version kept, although runs had missed it, is kept`() throws {
        var history = try SocketHistory(words: firstVersion(absences: 12))
        history.run([8: .whole], at: 120)
        #expect(history.count == 2)
        history.run([7: .whole], at: 120)
        #expect(history.count == 0)
    }

    @Test(arguments: ["", " ", "seven b", "eight by", "nine byte", "\n", "\u{7f}", "wëb", "\0"])
    func `Names of any kind come back as they were`(name: String) throws {
        var history = SocketHistory(epoch: ClockEpoch(bootID: name, bootedAt: epoch.bootedAt))
        let pod = PodIdentity(namespace: name, name: name, uid: name, node: name)
        let binding = SocketBinding(to: pod, readNotBefore: at(100))
        history.remember(key(), Sighting(110, binding: binding))
        let read = try SocketHistory(words: history.words)
        #expect(read.past(of: key())?.binding == binding)
        #expect(read.epoch == history.epoch)
    }

    @Test(arguments: [
        (-253_402_300_799_999, true), (-1, true), (0, true), (253_402_300_799_999, true),
        (253_402_300_800_000, false), (Int64.min / 4, false), (.min, false), (.max, false),
    ])
    func `Times from which no sum overflows come back, all others are damage`(
        milliseconds: Int64,
        isRead: Bool
    ) {
        let time = WallTime(milliseconds: milliseconds)
        var history = SocketHistory(epoch: epoch)
        history.see(history.place(of: key(), seenAt: time), at: time, isCandidate: true)
        let other = SocketHistory(epoch: ClockEpoch(bootID: "b1", bootedAt: time))
        for words in [history.words, other.words] {
            if isRead {
                #expect(throws: Never.self) { try SocketHistory(words: words) }
            } else {
                #expect(throws: HistoryFault.damaged) { try SocketHistory(words: words) }
            }
        }
    }

    @Test func `Pods that no socket is bound to are not written`() throws {
        var history = Self.sample
        history.run()
        history.beginRun()
        let api = SocketBinding(to: pod("api"), readNotBefore: at(200))
        history.remember(key(cookie: 5), Sighting(210, binding: api))
        history.endRun(at: at(210), looks: [7: .whole], capture: nil)
        let read = try SocketHistory(words: history.words)
        #expect(read.boundUIDs == ["api"])
        #expect(read.past(of: key(cookie: 5))?.binding == api)
    }

    @Test func `A file cut at any word is damaged`() {
        let words = Self.sample.words
        for length in 2..<words.count {
            #expect(throws: HistoryFault.damaged, "\(length) words") {
                try SocketHistory(words: Array(words[..<length]))
            }
        }
    }

    @Test func `A file with any bit changed is not believed`() {
        let words = Self.sample.words
        for index in words.indices {
            for bit in 0..<64 {
                var changed = words
                changed[index] ^= 1 << UInt64(bit)
                #expect(throws: HistoryFault.self, "bit \(bit) of word \(index)") {
                    try SocketHistory(words: changed)
                }
            }
        }
    }

    @Test func `Whatever a forged file says, it is damage or a history that can go on`() throws {
        let words = Self.sample.words
        let values: [UInt64] = [
            0, 1, 2, 3, 4, 0xabc, 0xabd, 1 << 16, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max,
            UInt64.max - 6, 0xffff_fffe << 32,
        ]
        var damaged = 0
        for index in 3..<words.count - 1 {
            for value in values where value != words[index] {
                var forged = words
                forged[index] = value
                forged[words.count - 1] = checksum(forged.dropLast())
                do throws(HistoryFault) {
                    try goOn(with: SocketHistory(words: forged))
                } catch {
                    #expect(error == .damaged)
                    damaged += 1
                }
            }
        }
        #expect(damaged > 100)
    }

    private func goOn(with history: SocketHistory) throws(HistoryFault) {
        var history = history
        _ = epoch.continues(history.epoch, skew: .seconds(2))
        history.beginRun()
        for cookie: UInt64 in 0xabc...0xabf {
            _ = history.candidacy(of: key(cookie: cookie))?.since.rfc3339
            _ = history.past(of: key(cookie: cookie))?.firstSeenAt.rfc3339
            let binding = SocketBinding(to: pod("api"), readNotBefore: at(200))
            history.remember(
                key(cookie: cookie),
                Sighting(210, isCandidate: true, binding: binding)
            )
        }
        history.endRun(at: at(210), looks: [7: .whole, 8: .part], capture: at(200))
        _ = try SocketHistory(words: history.words)
    }

    @Test(arguments: [
        ("{\"schema\":\"halfopen.snapshot/v1\"}   ", HistoryFault.foreign),
        ("halfopen.snapshot/v1    ", .foreign),
        ("halfopen", .foreign),
        ("halfopen.state/v", .damaged),
        ("halfopen.state/v4 what only it knows    ", .newer),
        ("halfopen.state/v10\n     ", .newer),
        ("halfopen.state/v1\n", .damaged),
        ("halfopen.state/v2\n", .damaged),
        ("halfopen.state/v3\n", .damaged),
        ("", .damaged),
    ])
    func `What is no history of this version is told apart`(text: String, fault: HistoryFault) {
        var words: [UInt64] = []
        for (index, byte) in text.utf8.enumerated() {
            if index % 8 == 0 { words.append(0) }
            words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        #expect(throws: fault) { try SocketHistory(words: words) }
    }
}
