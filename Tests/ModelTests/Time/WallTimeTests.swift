@testable import Model
import Testing

@Suite struct WallTimeTests {
    @Test func `Moments and spans add up`() {
        let moment = WallTime(epochSeconds: 1000)
        #expect(moment + .seconds(5) == WallTime(milliseconds: 1_005_000))
        #expect(moment - .seconds(5) == WallTime(milliseconds: 995_000))
        #expect((moment + .minutes(1)) - moment == .minutes(1))
        #expect(moment - (moment + .minutes(1)) == TimeSpan(milliseconds: -60_000))
        #expect(moment < moment + TimeSpan(milliseconds: 1))
    }

    @Test func `The distant past is before all and leaves room for spans`() {
        let century = TimeSpan.seconds(100 * 365 * 86_400)
        #expect(WallTime.distantPast < WallTime(milliseconds: -62_167_219_200_000))
        #expect(WallTime.distantPast - century < .distantPast)
        #expect(WallTime(epochSeconds: 1_795_255_200) - .distantPast > century)
    }

    @Test(arguments: [
        (Int64(0), UInt32(0)), (999, 0), (1000, 1), (1_795_255_200_999, 1_795_255_200),
        (4_294_967_295_999, .max),
    ])
    func `A time of the API is the second in which the moment lies`(
        milliseconds: Int64,
        second: UInt32
    ) {
        let time = APITime(WallTime(milliseconds: milliseconds))
        #expect(time == APITime(epochSeconds: second))
        #expect(time?.wallTime == WallTime(epochSeconds: Int64(second)))
    }

    @Test(arguments: [Int64(-1), -62_135_596_800_000, 4_294_967_296_000, 253_402_300_799_000])
    func `A time outside 1970 to 2106 is not believed`(milliseconds: Int64) {
        #expect(APITime(WallTime(milliseconds: milliseconds)) == nil)
    }

    @Test(arguments: [
        (1, 500_000_000, Int64(1500)), (-1, 0, -1000), (.max, 0, 253_402_300_799_000),
        (.min, 0, -253_402_300_799_000),
    ])
    func `A file's time may be anything`(seconds: Int, nanoseconds: Int, milliseconds: Int64) {
        let time = WallTime(fileTime: seconds, nanoseconds: nanoseconds)
        #expect(time.milliseconds == milliseconds)
    }

    @Test func `Times of the API compare by their seconds`() {
        #expect(APITime(epochSeconds: 1) < APITime(epochSeconds: 2))
        #expect(!(APITime(epochSeconds: 2) < APITime(epochSeconds: 2)))
    }
}
