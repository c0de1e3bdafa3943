import TestSupport
import Testing

@testable import SockDiag

@Suite struct CookieSetTests {
    @Test(arguments: [1, 0x1000, 1 << 32, 0x9E37_79B9_7F4A_7C15] as [UInt64])
    func `Every cookie is new once, however the kernel counts`(step: UInt64) {
        var set = CookieSet()
        let cookies = (0..<10_000).map { UInt64($0) &* step }
        #expect(cookies.count { set.insert($0) } == 10_000)
        #expect(cookies.count { set.insert($0) } == 0)
    }

    @Test(arguments: UInt64(1)...20)
    func `A cookie is new when a plain set says so`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (set, plain) = (CookieSet(), Set<UInt64>())
        var cookie = UInt64.random(in: 0...200, using: &random)
        // Runs upwards, steps back, far batches and any numbers take turns.
        let moves = (0..<20_000).map { _ -> UInt64 in
            switch Int.random(in: 0..<8, using: &random) {
            case 0: cookie &-= .random(in: 0...300, using: &random)
            case 1: cookie = .random(in: 0...3, using: &random) << 62 | cookie & 4095
            case 2: return .random(in: 0...UInt64.max, using: &random)
            case 3: return .random(in: 0...130, using: &random)
            default: cookie &+= 1
            }
            return cookie
        }
        let wrong = moves.first { set.insert($0) != plain.insert($0).inserted }
        #expect(wrong == nil)
    }
}
