/*
 * silent-folder FOLDER: mounts a file system in which every name is a regular
 * file, and to open one waits for ever; prints "ready" when it is there.
 *
 * So hangs what a Pod mounts whose server is gone. Ended, it lets go of all who
 * wait. The kernel's messages are those of linux/fuse.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fuse.h>

static int connection;

static void answer(uint64_t question, int error, const void *bytes, size_t count)
{
    char message[512] = { 0 };
    struct fuse_out_header header = {
        .len = (uint32_t)(sizeof header + count),
        .error = error,
        .unique = question,
    };
    memcpy(message, &header, sizeof header);
    memcpy(message + sizeof header, bytes, count);
    if (write(connection, message, sizeof header + count) < 0 && errno == ENODEV)
        exit(0);
}

static struct fuse_attr attributes(uint64_t node)
{
    struct fuse_attr attributes = {
        .ino = node,
        .size = 1,
        .nlink = 1,
        .mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644,
    };
    return attributes;
}

int main(int count, char **words)
{
    static char question[1 << 17];
    char options[128];
    connection = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
        connection);
    if (count != 2 || connection < 0 || mount("silent", words[1], "fuse", 0, options) != 0) {
        perror("silent-folder");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (read(connection, question, sizeof question) >= 0 || errno == EINTR) {
        struct fuse_in_header header;
        memcpy(&header, question, sizeof header);
        switch (header.opcode) {
        case FUSE_INIT: {
            struct fuse_init_out init = {
                .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
                .max_write = 4096,
            };
            answer(header.unique, 0, &init, sizeof init);
            break;
        }
        case FUSE_LOOKUP: {
            struct fuse_entry_out entry = {
                .nodeid = 2, .attr_valid = 3600, .entry_valid = 3600, .attr = attributes(2),
            };
            answer(header.unique, 0, &entry, sizeof entry);
            break;
        }
        case FUSE_GETATTR: {
            struct fuse_attr_out out = {
                .attr_valid = 3600, .attr = attributes(header.nodeid),
            };
            answer(header.unique, 0, &out, sizeof out);
            break;
        }
        case FUSE_OPEN:
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            break;
        default:
            answer(header.unique, -ENOSYS, "", 0);
        }
    }
    return 0;
}
