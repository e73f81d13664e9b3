with Ada.Text_IO;
procedure Broken is
   Sum : Integer := "forty-two";
begin
   Ada.Text_IO.Put_Line (Integer'Image (Sum));
end Broken;
