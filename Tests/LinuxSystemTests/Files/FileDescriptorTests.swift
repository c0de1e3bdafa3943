import Foundation
import LinuxSystem
import Synchronization
import TestSupport
import Testing

/// A pipe whose ends do not block.
private func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
    return (ends[0], ends[1])
}

private let million = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

@Suite struct FileDescriptorTests {
    @Test func `More than a pipe holds passes whole, though neither end blocks`() throws {
        let ends = try makePipe()
        let reader = FileDescriptor(owning: ends.reading)
        DispatchQueue.global().async {
            usleep(20_000)
            try? FileDescriptor(owning: ends.writing).write(million.span)
        }
        #expect(try reader.readAll(atMost: .max) == million)
    }

    @Test func `Words are filled from as many reads as it takes, and the end leaves zeros`() throws
    {
        let ends = try makePipe()
        let reader = FileDescriptor(owning: ends.reading)
        DispatchQueue.global().async {
            let writer = FileDescriptor(owning: ends.writing)
            for byte in 1...10 as ClosedRange<UInt8> {
                let bytes = [byte]
                try? writer.write(bytes.span)
                usleep(2_000)
            }
        }
        var words: [UInt64] = [0, 0]
        #expect(try reader.fill(&words) == 10)
        #expect(words == [0x0807_0605_0403_0201, 0x0a09])
    }

    @Test func `A signal interrupts neither reading nor writing`() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        // Without SA_RESTART, calls end with EINTR.
        try #require(sigaction(SIGUSR2, &action, nil) == 0)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let thread = Mutex<pthread_t?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        let received = Mutex<[UInt8]>([])
        Thread.detachNewThread {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            thread.withLock { $0 = pthread_self() }
            let bytes = (try? FileDescriptor(owning: reading).readAll(atMost: .max)) ?? []
            received.withLock { $0 = bytes }
            thread.withLock { $0 = nil }
            isDone.signal()
        }
        for _ in 0..<20 {
            usleep(1_000)
            thread.withLock { thread in _ = thread.map { pthread_kill($0, SIGUSR2) } }
        }
        try FileDescriptor(owning: writing).write(million.span)
        isDone.wait()
        #expect(received.withLock { $0 } == million)
    }

    @Test func `Patience with a silent peer ends`() throws {
        let ends = try makePipe()
        let writer = FileDescriptor(owning: ends.writing)
        let reader = FileDescriptor(owning: ends.reading, patience: 20)
        var byte: [UInt8] = [0]
        #expect(throws: Errno(code: EAGAIN)) { _ = try reader.read(into: &byte) }
        let seven: [UInt8] = [7]
        try writer.write(seven.span)
        #expect(try reader.read(into: &byte) == 1)
        #expect(byte == [7])
    }

    @Test func `What is owned is closed, and what is lent is not`() throws {
        let ends = try makePipe()
        do { _ = FileDescriptor(lending: ends.reading) }
        #expect(fcntl(ends.reading, F_GETFD) >= 0)
        do { _ = FileDescriptor(owning: ends.reading) }
        do { _ = FileDescriptor(owning: ends.writing) }
        let null = try FileDescriptor(opening: "/dev/null")
        #expect(fcntl(null.number, F_GETFD) == FD_CLOEXEC)
    }

    @Test func `A file is read to its limit, and a folder shows its names`() throws {
        let folder = try TemporaryFolder()
        try Data(million).write(to: folder.url.appending(path: "many"))
        _ = try folder.makeFile("none")
        let many = folder.url.appending(path: "many").path
        #expect(
            try FileDescriptor(opening: many).readAll(atMost: 100_001) == Array(million[..<100_001])
        )
        let open = try FileDescriptor(opening: folder.url.path, O_RDONLY | O_DIRECTORY)
        let file = try FileDescriptor(opening: "none", in: open)
        #expect(try file.readAll(atMost: 1) == [])
        #expect(try open.entries().sorted() == ["many", "none"])
        #expect(throws: Errno(code: ENOTDIR)) { try FileDescriptor(opening: many).entries() }
        #expect(throws: Errno(code: ENOENT)) { _ = try FileDescriptor(opening: many + "s") }
    }

    @Test(arguments: [
        ("/dev/null", FileStatus.Kind.other), ("/", .folder), ("/proc/self/exe", .regular),
    ])
    func `A status tells the kinds apart`(path: String, kind: FileStatus.Kind) throws {
        let status = try FileStatus(of: path)
        #expect(status.kind == kind)
        #expect((status.modified != nil) == (kind == .regular))
        #expect(try FileDescriptor(opening: path).status() == status)
    }

    @Test func `A lock is held by one, until it is closed`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.makeFile("lock").path
        let first = try FileDescriptor(opening: path)
        #expect(try first.lock())
        #expect(try !FileDescriptor(opening: path).lock())
        _ = consume first
        #expect(try FileDescriptor(opening: path).lock())
    }

    @Test func `A small file of the kernel is read to its first blank`() {
        #expect(kernelFact("ostype") == "Linux")
        #expect(firstWord(ofFile: "/proc/self/status") == "Name:")
        #expect(kernelFact("no such fact") == nil)
    }
}
