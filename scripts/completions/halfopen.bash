# Completes halfopen in bash: install as /usr/share/bash-completion/completions/halfopen.
# shellcheck shell=bash

_halfopen() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local choices=
    COMPREPLY=()
    case $before in
        -s | --snapshot | --state | --metrics-file | -r | --replay | --output-file)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
            ;;
        -N | --netns)
            # What 'ip netns' named; a path is completed as one.
            choices=$(cd /run/netns 2>/dev/null && printf '%s\n' *)
            case $word in */*) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;; esac
            ;;
        -p | --pid) choices=$(pgrep -x envoy) ;;
        -o | --output) choices='table wide json ndjson prometheus' ;;
        --color) choices='auto always never' ;;
        --role) choices='waypoint gateway agentgateway sidecar waypoint,gateway,agentgateway,sidecar' ;;
        --only) choices='deleted replaced deleted,replaced' ;;
        --dumped-at | --captured-at | --max-age | --clock-skew | --pod-cidr | --exclude | --port | -w | --warning | -c | --critical | --min-runs | --interval | \
            --min-owner-age | --max | --max-fraction) return ;;
        *)
            choices='list check watch capture reap snapshot -s --snapshot -N --netns -p --pid --discover --role -r --replay --dumped-at --captured-at --cluster-wide --max-age
                --clock-skew --pod-cidr --exclude --only --port --state -w --warning -c --critical --min-runs --allow-no-connections --interval --metrics-file
                --unresponsive -a --all
                -o --output --output-file --no-header --color -q --quiet -v --verbose --reap --yes --include-suspected
                --min-owner-age --max --max-fraction -h --help --version'
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}

complete -F _halfopen halfopen
