# bash-completion reads this with the first word of the program, which says the rest itself.
source <(poshubctl completion bash)
