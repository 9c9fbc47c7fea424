// The scripts that make shells ask for completions. They know nothing themselves, so they do not grow old.

const bash = `# Completion of node-pvxs for bash: source <(node-pvxs completion bash)
_node_pvxs() {
    local IFS=$'\\n' reply
    COMPREPLY=()
    reply=($("\${COMP_WORDS[0]}" completion reply -- bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null))
    if [ "\${reply[0]}" = files ]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
    else
        COMPREPLY=("\${reply[@]:1}")
    fi
}
complete -F _node_pvxs node-pvxs
`

const zsh = `#compdef node-pvxs
# Completion of node-pvxs for zsh: source <(node-pvxs completion zsh), after compinit
_node_pvxs() {
    local -a reply
    reply=("\${(@f)$("\${words[1]}" completion reply -- zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ "\${reply[1]}" == files ]]; then
        _files
    else
        shift reply
        compadd -a reply
    fi
}
if [[ "\${funcstack[1]}" == _node_pvxs ]]; then
    _node_pvxs "$@"
else
    compdef _node_pvxs node-pvxs
fi
`

const fish = `# Completion of node-pvxs for fish: node-pvxs completion fish > ~/.config/fish/completions/node-pvxs.fish
function __node_pvxs
    set -l words (commandline -opc)
    set -l reply ($words[1] completion reply -- fish $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$reply[1]" = files
        __fish_complete_path (commandline -ct)
    else if set -q reply[2]
        printf '%s\\n' $reply[2..-1]
    end
end
complete -c node-pvxs -f -a '(__node_pvxs)'
`

export const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = { bash, zsh, fish }
