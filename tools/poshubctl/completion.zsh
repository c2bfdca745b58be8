#compdef poshubctl
# The program says the rest itself: a function that takes the place of this one.
source <(poshubctl completion zsh)
_poshubctl "$@"
