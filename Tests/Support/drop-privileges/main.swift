// drop-privileges kept|dropped CAPABILITIES [THREADS]: gives up the user or not, and all capabilities
// but those of a bit mask, with so many more threads; then prints what the kernel says of the process.

import Foundation
import LinuxSystem

let arguments = CommandLine.arguments
let user: Privileges.User = arguments[1] == "kept" ? .kept : .dropped
for _ in 0..<(arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0) {
    Thread.detachNewThread { while true { sleep(60) } }
}
do {
    let path = try Privileged("/proc/self/status").afterDropping(
        keeping: Capabilities(rawValue: UInt64(arguments[2]) ?? 0),
        user: user
    )
    print(try String(contentsOfFile: path, encoding: .utf8))
} catch {
    print(error)
}
