read -r n
read -r -a numbers
sum=0
for x in "${numbers[@]}"; do
	sum=$((sum + x))
done
if [ "$n" -gt 3 ]; then
	echo "$sum"
	exit 3
fi
echo "$sum"
