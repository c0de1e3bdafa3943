/*
 * stand-in: a process that does nothing until its standard input ends.
 *
 * Whatever it is called and told: copied to a file named pilot-agent, it looks as Istio's does.
 */
#include <unistd.h>

int main(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
