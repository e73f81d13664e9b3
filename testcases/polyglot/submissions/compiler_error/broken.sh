if [ 1 = 1 ]; then
	echo 1
