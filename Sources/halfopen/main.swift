import Glibc
import HalfopenCommands

exit(runProgram(CommandLine.arguments))
